// Keeps the sentence beside the button true while boxes are ticked.
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");
// A text in the language of the page; the page brings those that differ from the English here.
const said = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const form = document.querySelector("form[data-variables]");

function plural(count, one, many) {
  return said(count === 1 ? one : many, { count: count.toLocaleString(document.documentElement.lang) });
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
  const most = Number(form.dataset.most);
  const tooMany = used.length > most && form.querySelector("[name=method]:checked")?.value !== form.dataset.withoutLimit;
  const models = 2 ** Math.min(used.length, most) - Math.min(used.length, most) - 1;
  const parts = [plural(used.length, "{count} variable", "{count} variables")];
  if (used.length >= 2 && used.length <= most) parts.push(plural(models, "{count} model", "{count} models"));
  parts.push(filled ? plural(filled, "{count} missing value to fill", "{count} missing values to fill") : said("no gaps to fill"));
  if (left) parts.push(plural(left, "{count} gap left open", "{count} gaps left open"));
  const text = form.querySelector("[data-uses]");
  const button = form.querySelector(".primary-bar button");
  button.disabled = used.length < 2 || tooMany;
  if (used.length < 2) text.textContent = said("Choose at least two variables.");
  else if (tooMany) text.textContent = said("Choose eight variables at most.");
  else text.textContent = said("Uses {parts}.", { parts: parts.join(", ") });
}

if (form) {
  form.querySelector(".own-cut").addEventListener("input", () => { form.querySelector("[name=cut][value=own]").checked = true; });
  form.addEventListener("change", refresh);
  window.addEventListener("pageshow", refresh);
  refresh();
}
