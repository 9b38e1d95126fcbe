// On a narrow screen the row of tabs scrolls: bring the open one into view.
document.addEventListener("DOMContentLoaded", () => {
  const row = document.querySelector(".tabs");
  const open = row && row.querySelector("[aria-current]");
  if (open) row.scrollLeft = open.offsetLeft - row.offsetLeft - (row.clientWidth - open.offsetWidth) / 2;
});
