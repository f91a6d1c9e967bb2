// The bundles that came with the site.

export interface Example {
  /** Relative to the page. */
  readonly url: string;
  readonly name: string;
  readonly about: string;
}

const FOLDER = "examples/";

/** Empty where the site was put up without them. */
export async function readExamples(): Promise<Example[]> {
  const response = await fetch(`${FOLDER}index.json`);
  if (!response.ok) return [];
  const listed = (await response.json()) as { folder: string; about: string }[];
  return listed.map(({ folder, about }) => ({
    url: `${FOLDER}${folder}`,
    name: folder.replace(".bundle", "").replaceAll("_", " "),
    about,
  }));
}
