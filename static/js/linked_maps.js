// Two drawn maps of the same wards: what is pointed at, tapped or reached in the table is marked on both.
// Without this script, and of what can't be fetched, the pictures stand side by side and the table has the numbers.
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");
const said = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const box = document.querySelector("[data-linked]");
const SHAPE = "svg { display: block; width: 100%; height: auto; cursor: pointer; } .marked { fill: none; stroke-width: 26; stroke-linejoin: round; pointer-events: none; }";
const dusk = window.matchMedia("(prefers-color-scheme: dark)");

function isDark() {
  const { theme } = document.documentElement.dataset;
  return theme ? theme === "dark" : dusk.matches;
}

function sheet(text) {
  const made = new CSSStyleSheet();
  made.replaceSync(text);
  return made;
}

class LinkedMap {
  constructor(image, { svg, styles }) {
    // The rules of dark pages are asked for by the browser's colours; here they follow the page's switch.
    const rules = styles.map((style) => [...sheet(style).cssRules].flatMap((rule) => [...(rule.cssRules || [])]).map((rule) => rule.cssText).join("\n"));
    this.day = sheet(SHAPE);
    this.night = sheet(rules.join("\n"));
    const host = document.createElement("div");
    this.root = host.attachShadow({ mode: "open" });
    this.root.append(svg);
    this.wards = svg.querySelector("#wards");
    this.byCode = new Map([...this.wards.querySelectorAll("[data-ward]")].map((path) => [path.dataset.ward, path]));
    this.mark = document.createElementNS("http://www.w3.org/2000/svg", "path");
    this.mark.setAttribute("class", "marked");
    this.wards.parentNode.append(this.mark);
    this.dress();
    image.replaceWith(host);
  }

  dress() {
    this.root.adoptedStyleSheets = isDark() ? [this.day, this.night] : [this.day];
    this.mark.setAttribute("stroke", getComputedStyle(document.documentElement).getPropertyValue("--mark"));
  }

  show(code) {
    this.mark.setAttribute("d", this.byCode.get(code)?.getAttribute("d") || "");
  }

  // What the drawing says of a ward: its name, and what it has on this map.
  told(code) {
    const text = this.byCode.get(code)?.querySelector("title")?.textContent || "";
    const [, name, value] = text.match(/^(.*): .*?(\d+|no data)$/s) || [null, text, "no data"];
    return { name, value: value === "no data" ? said("not ranked") : Number(value).toLocaleString(document.documentElement.lang) };
  }
}

async function drawn(image) {
  const response = await fetch(image.src, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${image.src}: ${response.status}`);
  // The page takes no inline styles: they are cut out before the drawing is read, and come back as a sheet.
  const styles = [];
  const text = (await response.text()).replace(/<style>([^<]*)<\/style>/g, (_, style) => styles.push(style) && "");
  const parsed = new DOMParser().parseFromString(text, "image/svg+xml");
  if (parsed.querySelector("parsererror")) throw new Error(image.src);
  return { svg: document.importNode(parsed.documentElement, true), styles };
}

async function begin() {
  const images = [...box.querySelectorAll("img")];
  const drawings = await Promise.all(images.map(drawn));
  const maps = images.map((image, place) => new LinkedMap(image, drawings[place]));
  const line = document.querySelector("[data-linked-ward]");
  const hint = document.querySelector("[data-linked-hint]");
  let chosen = null;
  let shown = null;

  function show(code) {
    if (code === shown) return;
    shown = code;
    for (const map of maps) map.show(code);
    hint.hidden = Boolean(code);
    line.hidden = !code;
    if (!code) return;
    const [first, second] = maps.map((map) => map.told(code));
    line.textContent = said("{name}: composite rank {first}, PCA rank {second}", { name: first.name, first: first.value, second: second.value });
  }

  const codeAt = (event) => event.composedPath().find((part) => part.dataset?.ward)?.dataset.ward ?? null;
  for (const map of maps) {
    map.root.addEventListener("pointerover", (event) => event.pointerType !== "touch" && show(codeAt(event) ?? chosen));
    map.root.host.addEventListener("pointerleave", () => show(chosen));
    map.root.addEventListener("click", (event) => {
      const code = codeAt(event);
      chosen = code === chosen ? null : code;
      show(chosen);
    });
  }
  for (const row of document.querySelectorAll("tr[data-ward]")) {
    row.addEventListener("pointerenter", () => show(row.dataset.ward));
    row.addEventListener("pointerleave", () => show(chosen));
    row.addEventListener("focusin", () => show(row.dataset.ward));
    row.addEventListener("focusout", () => show(chosen));
  }
  for (const about of [document, dusk]) about.addEventListener(about === document ? "themechange" : "change", () => maps.forEach((map) => map.dress()));
  hint.hidden = false;
  box.dataset.ready = "true";
}

if (box && "adoptedStyleSheets" in Document.prototype) begin().catch(() => {});
