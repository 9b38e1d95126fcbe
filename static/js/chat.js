// Sends questions without a reload and keeps place and focus. Without this file the forms do the same by themselves.
const turns = document.getElementById("turns");
const composer = document.querySelector("[data-composer]");
const box = composer.querySelector("textarea");
const state = composer.querySelector("[data-composer-state]");

function say(text) {
  state.textContent = text;
}

function newest() {
  return turns.lastElementChild;
}

function onlyNewestChips() {
  const all = [...document.querySelectorAll("[data-chips]")];
  all.slice(0, -1).forEach((chips) => chips.remove());
}

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

// A chip is a form of its own; here it speaks through the composer.
document.addEventListener("submit", (event) => {
  const chip = event.submitter;
  if (!chip || !chip.matches("[data-chip]") || !composer.hasAttribute("hx-post")) return;
  event.preventDefault();
  box.value = chip.value;
  composer.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  box.focus();
});

composer.addEventListener("htmx:beforeRequest", () => say("Looking it up…"));
composer.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  say("");
  box.value = "";
  onlyNewestChips();
  newest().scrollIntoView({ block: "start" });
  box.focus({ preventScroll: true });
});
composer.addEventListener("htmx:sendError", () => say("The connection broke off. Your question is still here; ask again."));
composer.addEventListener("htmx:responseError", () => say("That did not work. Your question is still here; reload the page and ask again."));
