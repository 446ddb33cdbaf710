// Keeps lists of calls and webhooks alive: asks for the page again and puts in what is new. Pages work without it.
"use strict";
const EVERY_MS = 1500;

function isBusy(part) {
  return document.hidden || part.contains(document.activeElement) || part.querySelector("details[open], input:checked") !== null;
}

async function refresh(part) {
  if (isBusy(part)) return;
  const answer = await fetch(location.href, { credentials: "same-origin" }).catch(() => null);
  if (!answer || !answer.ok) return;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const next = page.querySelector(`[data-live="${part.dataset.live}"]`);
  if (!next || next.innerHTML === part.dataset.held || isBusy(part)) return;
  const known = new Set([...part.querySelectorAll("[data-row]")].map((row) => row.dataset.row));
  part.innerHTML = next.innerHTML;
  part.dataset.held = next.innerHTML;
  for (const row of part.querySelectorAll("[data-row]")) {
    if (!known.has(row.dataset.row)) row.classList.add("fresh");
  }
}

for (const part of document.querySelectorAll("[data-live]")) {
  part.dataset.held = part.innerHTML;
  setInterval(() => refresh(part), EVERY_MS);
}

for (const all of document.querySelectorAll("[data-select-all]")) {
  all.addEventListener("change", () => {
    for (const box of all.form.querySelectorAll('input[name="document"]')) box.checked = all.checked;
  });
}

for (const press of document.querySelectorAll("[data-ask]")) {
  press.addEventListener("click", (event) => {
    if (!confirm(press.dataset.ask)) event.preventDefault();
  });
}

document.addEventListener("keydown", (event) => {
  const search = document.querySelector('input[type="search"]');
  if (event.key === "/" && search && !event.target.matches("input, textarea, select")) {
    event.preventDefault();
    search.focus();
  }
});
