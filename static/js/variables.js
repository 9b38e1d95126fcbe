// Keeps the sentence beside the button true while boxes are ticked.
const form = document.querySelector("form[data-variables]");

function plural(count, word) {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}

function refresh() {
  const rows = [...form.querySelectorAll("[data-variable]")];
  const used = rows.filter((row) => row.querySelector("input[type=checkbox]").checked);
  rows.forEach((row) => row.classList.toggle("off", !used.includes(row)));
  let filled = 0;
  let left = 0;
  for (const row of used) {
    const missing = Number(row.dataset.missing);
    const method = row.querySelector("select[name^='imputation:']");
    if (method && method.value === "none") left += missing;
    else filled += missing;
  }
  const models = 2 ** Math.min(used.length, 8) - Math.min(used.length, 8) - 1;
  const parts = [plural(used.length, "variable")];
  if (used.length >= 2 && used.length <= 8) parts.push(plural(models, "model"));
  parts.push(filled ? `${plural(filled, "missing value")} to fill` : "no gaps to fill");
  if (left) parts.push(`${plural(left, "gap")} left open`);
  const text = form.querySelector("[data-uses]");
  const button = form.querySelector(".primary-bar button");
  button.disabled = used.length < 2;
  text.textContent = used.length < 2 ? "Choose at least two variables." : `Uses ${parts.join(", ")}.`;
}

if (form) {
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
}
