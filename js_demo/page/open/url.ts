// The address of a bundle, as a person wrote it.

/**
 * Its source's URL. Throws for what is no address, and for other servers: the page's policy lets it
 * read its own only, so that nothing that a person does here leaves for elsewhere.
 */
export function bundleUrl(text: string, page: string): URL {
  const url = URL.parse(text.trim(), page);
  if (!url || text.trim() === "") {
    throw new Error(`address: got '${text}'; write the folder's, such as examples/lstm.bundle`);
  }
  const own = new URL(page).origin;
  if (url.origin !== own) {
    throw new Error(
      `address: ${url.origin} is another server, and this page reads from ${own} only; ` +
        "put the bundle there, or drop its folder here",
    );
  }
  return url;
}
