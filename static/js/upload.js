// Progress bar and drop area for upload forms. Without this file they are plain forms that do the same.
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");
// A text in the language of the page; the page brings those that differ from the English here.
const said = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const SPEED_WORDS = [[1e6, "MB"], [1e3, "kB"]];

function size(bytes) {
  for (const [unit, word] of SPEED_WORDS) if (bytes >= unit) return (bytes / unit).toFixed(1) + " " + word;
  return said("{count} bytes", { count: bytes });
}

function tooLarge(form, file) {
  const limit = Number(form.dataset.limitBytes || 0);
  return limit && file.size > limit ? said("This file has {size}; at most {limit} are taken.", { size: size(file.size), limit: size(limit) }) : "";
}

function swapMain(html) {
  const page = new DOMParser().parseFromString(html, "text/html");
  const fresh = page.getElementById("main");
  if (!fresh) return false;
  document.getElementById("main").replaceWith(fresh);
  document.querySelectorAll("form[data-upload]").forEach(wire);
  const problem = document.querySelector(".problem");
  if (problem) {
    problem.tabIndex = -1;
    problem.focus();
  }
  return true;
}

function controls(form) {
  const button = form.querySelector("button[type=submit]");
  const bar = form.querySelector("progress");
  const words = form.querySelector("[data-upload-words]");
  return {
    cancel: form.querySelector("[data-upload-cancel]"),
    begin() {
      form.querySelector("[data-upload-state]").hidden = false;
      button.disabled = true;
    },
    say: (text) => { words.textContent = text; },
    show(done, total) {
      bar.value = (100 * done) / total;
      words.textContent = done < total ? said("{done} of {total} sent", { done: size(done), total: size(total) }) : said("Sent. Reading the file…");
    },
    stop(text) {
      words.textContent = text;
      button.disabled = false;
    },
  };
}

// The page that asks for a sheet or layer comes without the file; it is put back into its form.
function keepFile(form) {
  const again = [...document.querySelectorAll("form[data-upload]")].find((one) => one.elements.kind.value === form.elements.kind.value);
  const file = form.querySelector("input[type=file]").files[0];
  if (!again || !file || !(again.elements.sheet || again.elements.layer)) return;
  const kept = new DataTransfer();
  kept.items.add(file);
  const input = again.querySelector("input[type=file]");
  input.files = kept.files;
  input.dispatchEvent(new Event("change"));
}

function show(ui, request, form) {
  if (request.status < 300) window.location.assign(request.responseURL);
  else if (swapMain(request.responseText)) keepFile(form);
  else ui.stop(said("The server did not take the file. Try again."));
}

// One request with the whole file, as the form itself would send it.
function sendWhole(form) {
  const ui = controls(form);
  const request = new XMLHttpRequest();
  ui.begin();
  request.upload.addEventListener("progress", (event) => {
    if (event.lengthComputable) ui.show(event.loaded, event.total);
  });
  request.addEventListener("load", () => show(ui, request, form));
  request.addEventListener("error", () => ui.stop(said("The connection broke off. Nothing was stored; try again.")));
  request.addEventListener("abort", () => ui.stop(said("Cancelled. Nothing was stored.")));
  ui.cancel.onclick = () => request.abort();
  request.open("POST", form.action);
  request.send(new FormData(form));
}

// In parts ------------------------------------------------------------------------------------------
// The server says which parts it holds, with their checksums; those that differ from the file chosen now are another
// file's. What it has acknowledged is kept, whatever happens to the connection or to this page.
const LONGEST_WAIT = 30;

class Stopped extends Error {}
class Refused extends Error {}

async function sha256(bytes) {
  return new Uint8Array(await crypto.subtle.digest("SHA-256", bytes));
}

const hex = (bytes) => Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
const base64 = (bytes) => btoa(String.fromCharCode(...bytes));
const hexOf = async (blob) => hex(await sha256(await blob.arrayBuffer()));

function wait(seconds, signal) {
  return new Promise((go) => {
    const timer = setTimeout(go, 1000 * seconds);
    addEventListener("online", () => { clearTimeout(timer); go(); }, { once: true });
    signal.addEventListener("abort", () => { clearTimeout(timer); go(); }, { once: true });
  });
}

// Asks until somebody answers: a broken link, a restart of the server and "too many" are waited for.
async function ask(job, method, path, body, headers = {}) {
  for (let pause = 1; ; pause = Math.min(2 * pause, LONGEST_WAIT)) {
    if (job.signal.aborted) throw new Stopped();
    let seconds = pause;
    let why = said("No connection");
    try {
      const answer = await fetch(path, {
        method, body, signal: job.signal, headers: { "X-CSRFToken": job.token, Accept: "application/json",
          "Accept-Language": document.documentElement.lang, ...headers },
      });
      if (answer.ok) return answer.status === 204 ? null : await answer.json();
      const problem = await answer.json().catch(() => ({}));
      const again = answer.status >= 500 || answer.status === 429 || problem.code === "upload_cut_off";
      if (!again) throw Object.assign(new Refused(problem.detail || said("The server did not take the file.")), problem);
      seconds = Number(answer.headers.get("Retry-After")) || pause;
      why = problem.title || why;
    } catch (error) {
      if (error instanceof Refused) throw error;
      if (job.signal.aborted) throw new Stopped();
    }
    job.ui.say(said("{why}. Trying again in {seconds} s; what was sent is kept.", { why, seconds: Math.round(seconds) }));
    await wait(seconds, job.signal);
  }
}

async function begin(job) {
  const asked = { kind: job.kind, name: job.file.name, size_bytes: job.file.size, head_sha256: job.head };
  return ask(job, "POST", job.form.dataset.uploads, JSON.stringify(asked), { "Content-Type": "application/json" });
}

// Sends what is missing; gives back the checksum of all parts, or null if the parts there are another file's.
async function sendMissing(job, upload) {
  const there = new Map(upload.received.map((part) => [part.number, part.sha256]));
  const sums = [];
  for (let number = 1; number <= upload.part_count; number += 1) {
    const from = (number - 1) * upload.part_bytes;
    const slice = job.file.slice(from, from + upload.part_bytes);
    const digest = await sha256(await slice.arrayBuffer());
    sums.push(hex(digest));
    if (there.has(number) && there.get(number) !== hex(digest)) return null;
    if (!there.has(number)) {
      await ask(job, "PUT", `/api/uploads/${upload.id}/parts/${number}/`, slice, {
        "Content-Type": "application/octet-stream", "Content-Digest": `sha-256=:${base64(digest)}:`,
      });
    }
    job.ui.show(from + slice.size, job.file.size);
  }
  return hexOf(new Blob(sums));
}

async function transfer(job) {
  job.head = await hexOf(job.file.slice(0, Number(job.form.dataset.headBytes)));
  let upload = await begin(job);
  if (upload.received.length) job.ui.say(said("Going on: {count} of {total} parts are there.", { count: upload.received.length, total: upload.part_count }));
  let sums = await sendMissing(job, upload);
  if (sums === null) {
    await ask(job, "DELETE", `/api/uploads/${upload.id}/`);
    upload = await begin(job);
    sums = await sendMissing(job, upload);
  }
  return { upload, sums };
}

// The last request is the page's own, so that its answer is shown as that of the plain form is.
function finish(job, { upload, sums }) {
  const request = new XMLHttpRequest();
  const fields = new URLSearchParams({ csrfmiddlewaretoken: job.token, parts_sha256: sums });
  for (const part of ["sheet", "layer"]) if (job.form.elements[part]) fields.set(part, job.form.elements[part].value);
  const again = async (words, seconds) => {
    job.ui.say(words);
    await wait(seconds, job.signal);
    if (job.signal.aborted) job.ui.stop(KEPT);
    else finish(job, { upload, sums });
  };
  request.addEventListener("load", () => {
    if (request.status !== 503) show(job.ui, request, job.form);
    else again(said("The server is busy. Everything is sent; trying again…"), Number(request.getResponseHeader("Retry-After")) || 3);
  });
  request.addEventListener("error", () => again(said("No connection. Everything is sent; trying again…"), 3));
  request.open("POST", `${job.form.dataset.unfinished}${upload.id}/finish/`);
  request.send(fields);
}

const KEPT = said("Stopped. What was sent is kept; choose the same file again to go on.");

async function sendInParts(form, file) {
  const stopper = new AbortController();
  const ui = controls(form);
  const job = {
    form, file, ui, signal: stopper.signal, kind: form.elements.kind.value,
    token: form.elements.csrfmiddlewaretoken.value,
  };
  ui.begin();
  ui.cancel.onclick = () => stopper.abort();
  try {
    finish(job, await transfer(job));
  } catch (error) {
    if (error instanceof Stopped) ui.stop(KEPT);
    else if (error instanceof Refused) ui.stop([error.message, error.fix].filter(Boolean).join(" "));
    else ui.stop(said("The file could not be read. Choose it again."));
  }
}

// Without a secure context there are no checksums, and a small file is quicker in one request.
function send(form) {
  const file = form.querySelector("input[type=file]").files[0];
  if (crypto.subtle && file.size > Number(form.dataset.headBytes)) sendInParts(form, file);
  else sendWhole(form);
}

function wire(form) {
  const input = form.querySelector("input[type=file]");
  const drop = form.querySelector("[data-drop]");
  const chosen = form.querySelector("[data-chosen]");
  const button = form.querySelector("button[type=submit]");
  const say = () => {
    const file = input.files[0];
    const refusal = file ? tooLarge(form, file) : "";
    chosen.textContent = file ? refusal || `${file.name} (${size(file.size)})` : "";
    chosen.classList.toggle("field-error", Boolean(refusal));
    button.disabled = Boolean(refusal);
  };
  input.addEventListener("change", say);
  for (const kind of ["dragenter", "dragover"]) {
    drop.addEventListener(kind, (event) => {
      event.preventDefault();
      drop.classList.add("over");
    });
  }
  for (const kind of ["dragleave", "drop"]) drop.addEventListener(kind, () => drop.classList.remove("over"));
  drop.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    say();
  });
  form.addEventListener("submit", (event) => {
    if (!input.files.length) return;
    event.preventDefault();
    send(form);
  });
}

document.querySelectorAll("form[data-upload]").forEach(wire);
