// Light or dark: the system's choice until a person makes one.

import { useState } from "preact/hooks";

type Theme = "light" | "dark";

const KEY = "theme";

export function ThemeToggle() {
  const [theme, setTheme] = useState(current);
  const other = theme === "dark" ? "light" : "dark";
  return (
    <button
      type="button"
      class="theme-toggle"
      aria-pressed={theme === "dark"}
      onClick={() => {
        show(other);
        remember(other);
        setTheme(other);
      }}
    >
      Dark
    </button>
  );
}

function current(): Theme {
  const remembered = recall();
  if (remembered) show(remembered);
  const isDark = matchMedia("(prefers-color-scheme: dark)").matches;
  return remembered ?? (isDark ? "dark" : "light");
}

function show(theme: Theme) {
  document.documentElement.dataset.theme = theme;
}

function remember(theme: Theme) {
  try {
    localStorage.setItem(KEY, theme);
  } catch {
    // Where a page may store nothing, the choice lasts as long as the page.
  }
}

function recall(): Theme | undefined {
  try {
    const theme = localStorage.getItem(KEY);
    return theme === "light" || theme === "dark" ? theme : undefined;
  } catch {
    return undefined;
  }
}
