// Applies the reader's chosen theme before the first paint, then wires the switch in the top bar.
(function () {
  "use strict";
  const key = "chatmrpt-theme";
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  let chosen = null;
  try {
    chosen = localStorage.getItem(key);
  } catch (error) {
    chosen = null; // storage is off: follow the system
  }
  root.classList.add("has-js");
  if (chosen === "dark" || chosen === "light") root.dataset.theme = chosen;

  const isDark = () => (root.dataset.theme ? root.dataset.theme === "dark" : system.matches);

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-theme-switch]");
    if (!button) return;
    const label = () => {
      const word = button.querySelector("[data-theme-word]");
      word.textContent = isDark() ? word.dataset.light : word.dataset.dark;
    };
    button.hidden = false;
    label();
    button.addEventListener("click", () => {
      root.dataset.theme = isDark() ? "light" : "dark";
      try {
        localStorage.setItem(key, root.dataset.theme);
      } catch (error) {
        // storage is off: the choice lasts for this page
      }
      label();
      document.dispatchEvent(new CustomEvent("themechange"));
    });
  });
})();
