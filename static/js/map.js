// The interactive map. Everything it shows also stands in the table and in the SVG that this script hides.
// All classes come from the server, as the SVG has them: those of a ranking with the layer, those of a plan with its values.
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");
// A text in the language of the page; the page brings those that differ from the English here.
const said = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const box = document.querySelector("[data-map]");
const maplibregl = window.maplibregl;

function css(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function hatch() {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const pen = canvas.getContext("2d");
  pen.fillStyle = css("--missing");
  pen.fillRect(0, 0, 8, 8);
  pen.strokeStyle = css("--missing-line");
  pen.lineWidth = 1.4;
  for (const shift of [-8, 0, 8]) {
    pen.beginPath();
    pen.moveTo(shift, 8);
    pen.lineTo(shift + 8, 0);
    pen.stroke();
  }
  return pen.getImageData(0, 0, 8, 8);
}

function number(value, places) {
  return value === null || value === undefined
    ? said("no data")
    : Number(value).toLocaleString(document.documentElement.lang, { minimumFractionDigits: places, maximumFractionDigits: places });
}

// The marks of wards that were ranked with a value missing, or whose outcome was filled; as in the lists and the drawn map.
function sign(text) {
  const canvas = document.createElement("canvas");
  canvas.width = 36;
  canvas.height = 44;
  const pen = canvas.getContext("2d");
  pen.font = "600 32px system-ui, sans-serif";
  pen.textAlign = "center";
  pen.textBaseline = "middle";
  pen.lineJoin = "round";
  pen.lineWidth = 7;
  pen.strokeStyle = "#fff";
  pen.strokeText(text, 18, 22);
  pen.fillStyle = "#20292a";
  pen.fillText(text, 18, 22);
  return pen.getImageData(0, 0, 36, 44);
}

// Each ward gets its class in every layer.
function join(features, values) {
  for (const feature of features) {
    const ward = values.wards[feature.properties.ward_code];
    Object.keys(values.layers).forEach((key, place) => { feature.properties[key] = ward ? ward.classes[place] : null; });
  }
}

// Which class of a layer a ward is in; -1 where it has no value. The same rules as `paint`.
function classOf(layer, classes, value) {
  if (value === null || value === undefined || value === "") return -1;
  if (layer.kind === "class") return value;
  if (layer.kind === "tier") return classes.findIndex((item) => item.label.slice(1).trim() === value);
  const passed = layer.parts.filter((part) => value >= part).length;
  return layer.ascending ? passed : classes.length - 1 - passed;
}

function paint(layer, classes) {
  if (!classes.length) return "#0000";
  if (layer.kind === "class") return ["match", ["get", layer.key], ...classes.flatMap((item, place) => [place, item.colour]), "#0000"];
  // The label of a tier is its letter and its name.
  if (layer.kind === "tier") return ["match", ["get", layer.key], ...classes.flatMap((item) => [item.label.slice(1).trim(), item.colour]), "#0000"];
  const colours = classes.map((item) => item.colour);
  if (!layer.ascending) colours.reverse();
  if (colours.length === 1) return colours[0];
  return ["step", ["to-number", ["get", layer.key], 0], colours[0], ...layer.parts.flatMap((part, place) => [part, colours[place + 1]])];
}

// The same for all wards of an LGA, and for its outline: the name of one LGA can stand in several states.
function lgaKey({ state_code, state_name, lga_code, lga_name }) {
  const lga = lga_code ?? lga_name;
  return lga === null || lga === undefined ? null : JSON.stringify([state_code ?? state_name ?? "", lga]);
}

function element(tag, text, className) {
  const made = document.createElement(tag);
  if (text !== undefined) made.textContent = text;
  if (className) made.className = className;
  return made;
}

// Classes of tiers come as their letter and their English name, which the data have as well.
function tierLabel(label) {
  const name = said(label.slice(1).trim());
  return `${name[0]} ${name}`;
}

const SIGNS = [["partial", "†", "ranked with a value missing"], ["outcome_imputed", "*", "outcome filled, not measured"]];

function isFlagged(ward, code) {
  return (ward.flags || "").split(";").includes(code);
}

class WardMap {
  constructor(wards, lgas, values, undrawn) {
    this.wards = wards;
    this.undrawn = undrawn;
    this.values = values;
    this.lgas = lgas;
    this.byCode = new Map(wards.features.map((feature) => [feature.properties.ward_code, feature]));
    this.layers = [...document.querySelector("[data-map-layer]").options].map((option) => ({
      key: option.value,
      kind: option.dataset.kind,
      label: option.textContent.trim(),
      unit: option.dataset.unit || "",
      given: JSON.parse(option.dataset.classes || "[]").map(([label, colour, count]) => ({ label, colour, count })),
      parts: JSON.parse(option.dataset.parts || "[]"),
      missing: Number(option.dataset.missing || 0),
      ascending: option.dataset.ascending === "1",
    }));
    for (const feature of [...wards.features, ...lgas.features]) feature.properties.lga_key = lgaKey(feature.properties);
    this.chosen = null;
    this.hovered = null;
    this.lga = "";
    this.labels = [];
  }

  start() {
    this.map = new maplibregl.Map({
      container: box,
      style: {
        version: 8,
        sources: {
          wards: { type: "geojson", data: this.wards, promoteId: "ward_code", tolerance: 0.15 },
          lgas: { type: "geojson", data: this.lgas },
        },
        layers: [],
      },
      bounds: bounds(this.wards),
      fitBoundsOptions: { padding: 16 },
      attributionControl: false,
      dragRotate: false,
      pitchWithRotate: false,
      touchPitch: false,
      maxPitch: 0,
      renderWorldCopies: false,
      cooperativeGestures: window.matchMedia("(max-width: 56rem)").matches,
      fadeDuration: 0,
      locale: { "Map.Title": said("Map of the wards") },
    });
    this.map.touchZoomRotate.disableRotation();
    this.map.keyboard.disableRotation();
    this.map.addControl(new maplibregl.NavigationControl({ showCompass: false }), "top-right");
    this.map.addControl(this.whole(), "top-left");
    this.map.addControl(new maplibregl.ScaleControl({ maxWidth: 110 }), "bottom-left");
    this.map.addControl(new maplibregl.AttributionControl({ compact: false, customAttribution: box.dataset.source }), "bottom-right");
    this.map.on("load", () => this.dress());
  }

  // A control of the map: the button that shows all of it again.
  whole() {
    const group = element("div", undefined, "maplibregl-ctrl maplibregl-ctrl-group");
    const button = element("button", said("Whole area"), "map-whole");
    button.type = "button";
    button.addEventListener("click", () => this.map.fitBounds(bounds(this.wards), { padding: 16, animate: false }));
    group.append(button);
    return { onAdd: () => group, onRemove: () => group.remove() };
  }

  dress() {
    const { map } = this;
    map.addImage("hatch", hatch());
    map.addLayer({ id: "edge", type: "line", source: "lgas", paint: { "line-color": css("--plate-edge"), "line-width": 3.5 } });
    document.addEventListener("themechange", () => map.setPaintProperty("edge", "line-color", css("--plate-edge")));
    map.addLayer({ id: "missing", type: "fill", source: "wards", paint: { "fill-pattern": "hatch" } });
    map.addLayer({ id: "fill", type: "fill", source: "wards", paint: { "fill-color": "#0000" } });
    map.addLayer({ id: "line", type: "line", source: "wards", paint: { "line-color": css("--ward-line"), "line-width": 0.5 } });
    map.addLayer({ id: "lga", type: "line", source: "lgas", paint: { "line-color": css("--lga-line"), "line-width": 1.1 } });
    if (!this.values) {
      const flags = ["coalesce", ["get", "flags"], ""];
      SIGNS.forEach(([code, text], place) => {
        map.addImage(code, sign(text), { pixelRatio: 2 });
        map.addLayer({ id: code, type: "symbol", source: "wards", filter: ["in", code, flags], layout: {
          "icon-image": code,
          "icon-allow-overlap": true,
          "icon-offset": ["case", place > 0 && ["in", SIGNS[0][0], flags], ["literal", [10, 0]], ["literal", [0, 0]]],
        } });
      });
    }
    map.addLayer({ id: "mark", type: "line", source: "wards", paint: {
      "line-color": css("--mark"),
      "line-width": ["case", ["boolean", ["feature-state", "chosen"], false], 4, ["boolean", ["feature-state", "hover"], false], 3, 0],
    } });
    this.draw(this.layers[document.querySelector("[data-map-layer]").selectedIndex]);
    this.wire();
    this.label();
    this.offerLgas();
    const wanted = new URLSearchParams(window.location.search).get("ward");
    if (wanted && this.byCode.has(wanted)) this.choose(wanted, true);
    box.dataset.ready = "true";
  }

  draw(layer) {
    const classes = layer.kind === "class" ? this.values.layers[layer.key].classes.map(([label, colour]) => ({ label, colour })) : layer.given;
    this.drawn = [layer, classes];
    const present = ["all", ["has", layer.key], ["!=", ["get", layer.key], null], ["!=", ["get", layer.key], ""]];
    this.map.setFilter("fill", present);
    this.map.setPaintProperty("fill", "fill-color", paint(layer, classes));
    this.legend(layer, this.counted(layer, classes));
  }

  // How many wards of the chosen LGA are in each class. For all wards a ranking brings its numbers, those without a shape among them.
  counted(layer, classes) {
    if (!this.lga && layer.kind !== "class") return { classes, missing: layer.missing };
    const places = this.within().map(({ properties }) => classOf(layer, classes, properties[layer.key]));
    const count = (of) => places.filter((place) => place === of).length;
    return { classes: classes.map((item, place) => ({ ...item, count: count(place) })), missing: count(-1) };
  }

  within() {
    return this.lga ? this.wards.features.filter(({ properties }) => properties.lga_key === this.lga) : this.wards.features;
  }

  legend(layer, { classes, missing }) {
    const given = this.values && this.values.layers[layer.key];
    const list = document.querySelector("[data-map-legend]");
    const title = layer.unit ? `${layer.label} (${layer.unit})` : layer.label;
    document.querySelector("[data-map-legend-title]").textContent = title;
    document.querySelector("[data-map-legend-hint]").textContent = given ? given.hint : layer.kind === "variable" ? said("Darker = more risk") : said("Rank 1 = highest risk. Darker = more risk");
    list.replaceChildren(...classes.map((item) => this.legendRow(layer.kind === "tier" ? tierLabel(item.label) : item.label, item.count, item.colour)));
    if (missing) list.append(this.legendRow(given ? given.missing : said("no data"), missing, null));
    for (const [code, text, meaning] of this.values ? [] : SIGNS) {
      const count = this.within().filter(({ properties }) => isFlagged(properties, code)).length;
      if (!count) continue;
      const row = this.legendRow(said(meaning), count, null);
      row.firstChild.className = "dagger";
      row.firstChild.textContent = text;
      list.append(row);
    }
    if (this.undrawn && !this.lga) list.append(element("li", said("{count} without a shape, not drawn", { count: this.undrawn }), "muted whole"));
  }

  legendRow(label, count, colour) {
    const row = element("li");
    const swatch = element("span", undefined, colour ? "swatch" : "swatch missing");
    if (colour) swatch.style.background = colour;
    row.append(swatch, element("span", label), element("span", said(count === 1 ? "{count} ward" : "{count} wards", { count }), "muted"));
    return row;
  }

  wire() {
    const { map } = this;
    map.on("mousemove", "missing", (event) => this.hover(event.features[0].properties.ward_code, event.point));
    map.on("mouseleave", "missing", () => this.hover(null));
    map.on("click", "missing", (event) => this.choose(event.features[0].properties.ward_code, false));
    map.on("moveend", () => this.thinLabels());
    document.querySelector("[data-map-layer]").addEventListener("change", (event) => this.draw(this.layers[event.target.selectedIndex]));
    const search = document.querySelector("[data-map-search]");
    search.addEventListener("change", () => {
      const code = search.value.match(/\[(.+)\]$/);
      if (code && this.byCode.has(code[1])) this.choose(code[1], true);
    });
    document.querySelector("[data-card-close]").addEventListener("click", () => this.choose(null));
  }

  // One LGA stands out: the others go pale, and the map shows it whole.
  offerLgas() {
    const select = document.querySelector("[data-map-lga]");
    const named = this.lgas.features.map(({ properties }) => properties).filter(({ lga_key: key, lga_name: name }) => key && name);
    const names = named.map(({ lga_name: name }) => name);
    const labels = named.map(({ lga_key: key, lga_name: name, state_name: state }) => ({ key, label: names.indexOf(name) === names.lastIndexOf(name) || !state ? name : `${name}, ${state}` }));
    if (labels.length < 2) return;
    labels.sort((a, b) => a.label.localeCompare(b.label, document.documentElement.lang));
    select.append(...labels.map(({ key, label }) => Object.assign(element("option", label), { value: key })));
    select.closest("[data-map-lgas]").hidden = false;
    select.addEventListener("change", () => this.focus(select.value, select.selectedOptions[0].textContent));
    const wanted = labels.find(({ label }) => label === new URLSearchParams(window.location.search).get("lga"));
    if (!wanted) return;
    select.value = wanted.key;
    this.focus(wanted.key, wanted.label);
  }

  focus(key, label) {
    const within = ["==", ["get", "lga_key"], key];
    for (const layer of ["fill", "missing"]) this.map.setPaintProperty(layer, "fill-opacity", key ? ["case", within, 1, 0.22] : 1);
    this.map.setPaintProperty("lga", "line-width", key ? ["case", within, 2.6, 0.6] : 1.1);
    const outline = this.lgas.features.filter(({ properties }) => properties.lga_key === key);
    this.map.fitBounds(bounds(key ? { features: outline } : this.wards), { padding: key ? 40 : 16, animate: false });
    box.dataset.focus = key ? label : "";
    this.lga = key;
    this.legend(this.drawn[0], this.counted(...this.drawn));
    const url = new URL(window.location.href);
    if (key) url.searchParams.set("lga", label);
    else url.searchParams.delete("lga");
    window.history.replaceState(null, "", url);
  }

  state(code, name, value) {
    if (code) this.map.setFeatureState({ source: "wards", id: code }, { [name]: value });
  }

  hover(code) {
    if (code === this.hovered) return;
    this.state(this.hovered, "hover", false);
    this.state(code, "hover", true);
    this.hovered = code;
    this.map.getCanvas().style.cursor = code ? "pointer" : "";
    this.card(code || this.chosen);
  }

  choose(code, move) {
    this.state(this.chosen, "chosen", false);
    this.state(code, "chosen", true);
    this.chosen = code;
    this.card(code);
    if (code && move) this.map.fitBounds(bounds({ features: [this.byCode.get(code)] }), { padding: 60, maxZoom: 8.5, animate: false });
    const url = new URL(window.location.href);
    if (code) url.searchParams.set("ward", code);
    else url.searchParams.delete("ward");
    window.history.replaceState(null, "", url);
    document.querySelectorAll("[data-keeps-ward]").forEach((link) => {
      const target = new URL(link.href);
      if (code) target.searchParams.set("ward", code);
      else target.searchParams.delete("ward");
      link.href = target;
    });
  }

  card(code) {
    const card = document.querySelector("[data-card]");
    const feature = code && this.byCode.get(code);
    card.hidden = !feature;
    document.querySelector("[data-card-hint]").hidden = Boolean(feature);
    if (!feature) return;
    const ward = feature.properties;
    card.querySelector("[data-card-name]").textContent = ward.ward_name;
    card.querySelector("[data-card-lga]").textContent = ward.lga_name || "";
    const list = card.querySelector("[data-card-facts]");
    const facts = this.values ? this.values.facts.map((name, place) => [name, this.values.wards[code]?.facts[place] ?? said("no data")]) : this.facts(ward);
    list.replaceChildren(...facts.flatMap(([name, value]) => [element("dt", name), element("dd", value)]));
    card.querySelector("[data-card-more]").href = box.dataset.wardUrl.replace("__code__", encodeURIComponent(code).replaceAll("%2F", "/"));
  }

  facts(ward) {
    const tier = ward.composite_tier || "";
    const facts = [
      [said("Rank"), ward.composite_rank === null || ward.composite_rank === undefined ? said("not ranked") : said("{rank} of {ranked}", { rank: number(ward.composite_rank, 0), ranked: box.dataset.ranked })],
      [said("Tier"), tier ? `${said(tier)[0]} · ${said(tier)}` : said("no data")],
      [said("Score"), number(ward.composite_score, 3)],
    ];
    const layer = this.layers[document.querySelector("[data-map-layer]").selectedIndex];
    if (!["composite_rank", "composite_tier", "composite_score"].includes(layer.key)) {
      const value = ward[layer.key];
      facts.push([layer.label, typeof value === "string" ? value : number(value, layer.kind === "rank" ? 0 : 3)]);
    }
    if (isFlagged(ward, "partial")) {
      const lacking = this.layers.filter((one) => one.kind === "variable" && (ward[one.key] === null || ward[one.key] === undefined));
      facts.push([said("† Ranked without"), lacking.map((one) => one.label).join(", ")]);
    }
    if (isFlagged(ward, "outcome_imputed")) facts.push([said("* Outcome"), said("filled, not measured")]);
    return facts;
  }

  label() {
    const made = this.lgas.features.map((feature) => {
      const [west, south, east, north] = bounds({ features: [feature] });
      const at = feature.properties.label_at || [(west + east) / 2, (south + north) / 2];
      const tag = element("div", feature.properties.lga_name, "lga-label");
      tag.setAttribute("aria-hidden", "true");
      return { tag, marker: new maplibregl.Marker({ element: tag }).setLngLat(at).addTo(this.map), west, east };
    });
    this.labels = made.sort((a, b) => b.east - b.west - (a.east - a.west));
    this.thinLabels();
  }

  // A label stays only when its LGA is wide enough for it and no larger LGA's label is in the way.
  thinLabels() {
    const kept = [];
    for (const label of this.labels) {
      label.tag.style.visibility = "visible";
      const rect = label.tag.getBoundingClientRect();
      const room = this.map.project([label.east, 0]).x - this.map.project([label.west, 0]).x;
      const clash = kept.some((other) => rect.left < other.right && rect.right > other.left && rect.top < other.bottom && rect.bottom > other.top);
      if (clash || room < rect.width * 0.9) label.tag.style.visibility = "hidden";
      else kept.push(rect);
    }
  }
}

function bounds(collection) {
  const edge = [180, 90, -180, -90];
  const walk = (part) => {
    if (typeof part[0] === "number") {
      edge[0] = Math.min(edge[0], part[0]);
      edge[1] = Math.min(edge[1], part[1]);
      edge[2] = Math.max(edge[2], part[0]);
      edge[3] = Math.max(edge[3], part[1]);
    } else part.forEach(walk);
  };
  collection.features.forEach((feature) => feature.geometry && walk(feature.geometry.coordinates));
  return edge;
}

async function json(url) {
  const response = await fetch(url, { credentials: "same-origin" });
  if (!response.ok) throw new Error(`${url}: ${response.status}`);
  return response.json();
}

async function begin() {
  document.querySelectorAll("[data-needs-map]").forEach((part) => { part.hidden = false; });
  const [wards, lgas, values] = await Promise.all([
    json(box.dataset.wards), json(box.dataset.lgas), box.dataset.values ? json(box.dataset.values) : null,
  ]);
  const drawn = wards.features.filter((feature) => feature.geometry);
  if (values) join(drawn, values);
  new WardMap({ ...wards, features: drawn }, lgas, values, wards.features.length - drawn.length).start();
  document.querySelector("[data-map-fallback]").hidden = true;
}

function giveUp() {
  document.querySelectorAll("[data-needs-map]").forEach((part) => { part.hidden = true; });
  document.querySelector("[data-map-fallback]").hidden = false;
  document.querySelector("[data-map-failed]").hidden = false;
}

function canDraw() {
  const canvas = document.createElement("canvas");
  return Boolean(maplibregl && (canvas.getContext("webgl2") || canvas.getContext("webgl")));
}

if (box) {
  if (canDraw()) begin().catch(giveUp);
  else giveUp();
}
