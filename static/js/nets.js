// Fields that the chosen strategy or rule does not use are folded away; the slider writes the number of nets.
const form = document.querySelector("[data-plan]");
const shows = (rule) => {
  const [name, value] = rule.split("=");
  const field = form.elements[name];
  return field ? field.value === value : false;
};

function fold() {
  for (const part of form.querySelectorAll("[data-only]")) part.hidden = !shows(part.dataset.only);
  for (const part of form.querySelectorAll("[data-not]")) part.hidden = shows(part.dataset.not);
}

function slider() {
  const box = form.querySelector("[data-slider]");
  const range = box.querySelector("input");
  const nets = form.elements.nets;
  const facts = () => document.querySelector("[data-needed]");
  const place = () => {
    const found = facts();
    box.hidden = !found;
    if (!found) return;
    range.max = Math.max(Number(found.dataset.needed), 1);
    range.step = Math.max(1, Math.round(range.max / 200));
    range.value = Number(nets.value.replace(/\D/g, ""));
  };
  range.addEventListener("input", () => { nets.value = Math.max(1, range.value); });
  document.body.addEventListener("htmx:afterSwap", place);
  place();
}

if (form) {
  form.addEventListener("change", fold);
  fold();
  slider();
}
