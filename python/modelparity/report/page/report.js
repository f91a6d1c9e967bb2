// Searching, and sorting by columns. Without it, the page shows the same in the report's order.
"use strict";

const filter = document.querySelector(".filter");
// Of several models not every cell has figures here: a row is found by what it says, too.
const isOfModels = document.querySelector(".matrix.models") !== null;
const rows = [...document.querySelectorAll(".matrix tbody tr")].map((row) => ({
  row,
  text: isOfModels ? row.textContent.toLowerCase() : "",
  groups: [...row.querySelectorAll("a[href]")].map(
    ({ hash }) => document.querySelector(hash).parentElement,
  ),
}));
const groups = [...document.querySelectorAll(".group")].map((group) => ({
  group,
  text: textOf(group),
  cases: [...group.querySelectorAll(".case")].map((each) => ({ each, text: textOf(each) })),
}));

function textOf(details) {
  return details.firstElementChild.textContent.toLowerCase();
}

function show() {
  const words = filter.words.value.toLowerCase().split(/\s+/).filter(Boolean);
  const state = filter.state.value;
  let shown = 0;
  let all = 0;
  for (const { group, text, cases } of groups) {
    let any = false;
    for (const { each, text: own } of cases) {
      const found = words.every((word) => own.includes(word) || text.includes(word));
      each.hidden = !found || (state !== "" && !each.classList.contains(state));
      any ||= !each.hidden;
      shown += each.hidden ? 0 : 1;
      all += 1;
    }
    group.hidden = !any;
  }
  for (const { row, text, groups } of rows) {
    const found =
      text !== "" &&
      words.every((word) => text.includes(word)) &&
      (state === "" || row.querySelector(`.${state}`) !== null);
    row.hidden = !found && groups.every((group) => group.hidden);
  }
  if (isOfModels) {
    shown = rows.filter(({ row }) => !row.hidden).length;
    all = rows.length;
  }
  const what = isOfModels ? "models" : "cells";
  filter.querySelector("output").value =
    shown === all ? `${all} ${what}` : `${shown} of ${all} ${what}`;
}

/** Names upwards, verdicts from the worst on; once more turns it around. */
function sort(heading) {
  const turned = heading.ariaSort === "ascending";
  for (const other of heading.parentElement.children) other.removeAttribute("aria-sort");
  heading.ariaSort = turned ? "descending" : "ascending";
  const keyed = rows.map(({ row, groups }) => {
    const cell = row.children[heading.cellIndex];
    return { row, groups, text: cell.textContent, rank: Number(cell.dataset.rank ?? -1) };
  });
  keyed.sort((a, b) => b.rank - a.rank || a.text.localeCompare(b.text));
  if (turned) keyed.reverse();
  for (const { row, groups } of keyed) {
    row.parentElement.append(row);
    for (const group of groups) group.parentElement.append(group);
  }
}

if (filter) {
  for (const heading of document.querySelectorAll(".matrix thead th")) {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...heading.childNodes);
    button.addEventListener("click", () => sort(heading));
    heading.append(button);
  }
  filter.addEventListener("input", show);
  filter.addEventListener("submit", (event) => event.preventDefault());
  filter.hidden = false;
  show();
}
