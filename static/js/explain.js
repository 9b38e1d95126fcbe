// Puts an explanation beside its figure. Without this file the link leads to a page with the same.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-explain]");
  if (!link || event.metaKey || event.ctrlKey || event.shiftKey) return;
  const places = [...document.querySelectorAll(".explained")];
  const place = places.find((one) => link.compareDocumentPosition(one) & Node.DOCUMENT_POSITION_FOLLOWING);
  if (!place) return;
  event.preventDefault();
  if (place.hasChildNodes()) {
    place.replaceChildren();
    return;
  }
  try {
    const answer = await fetch(link.href, { headers: { "HX-Request": "true" }, credentials: "same-origin" });
    if (!answer.ok || answer.redirected) throw new Error(answer.status);
    const part = document.createElement("template");
    part.innerHTML = await answer.text();
    place.replaceChildren(part.content);
  } catch {
    location.assign(link.href);
  }
});
