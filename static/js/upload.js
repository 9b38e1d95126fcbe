// Progress bar and drop area for upload forms. Without this file they are plain forms that do the same.
const SPEED_WORDS = [[1e6, "MB"], [1e3, "kB"]];

function size(bytes) {
  for (const [unit, word] of SPEED_WORDS) if (bytes >= unit) return (bytes / unit).toFixed(1) + " " + word;
  return bytes + " bytes";
}

function tooLarge(form, file) {
  const limit = Number(form.dataset.limitBytes || 0);
  return limit && file.size > limit ? `This file has ${size(file.size)}; at most ${size(limit)} are taken.` : "";
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

function send(form) {
  const state = form.querySelector("[data-upload-state]");
  const bar = form.querySelector("progress");
  const words = form.querySelector("[data-upload-words]");
  const button = form.querySelector("button[type=submit]");
  const cancel = form.querySelector("[data-upload-cancel]");
  const request = new XMLHttpRequest();
  state.hidden = false;
  button.disabled = true;
  request.upload.addEventListener("progress", (event) => {
    if (!event.lengthComputable) return;
    bar.value = (100 * event.loaded) / event.total;
    words.textContent = event.loaded < event.total
      ? `${size(event.loaded)} of ${size(event.total)} sent`
      : "Sent. Reading the file…";
  });
  const stop = (text) => {
    words.textContent = text;
    bar.value = 0;
    button.disabled = false;
  };
  request.addEventListener("load", () => {
    if (request.status < 300) window.location.assign(request.responseURL);
    else if (!swapMain(request.responseText)) stop("The server did not take the file. Try again.");
  });
  request.addEventListener("error", () => stop("The connection broke off. Nothing was stored; try again."));
  request.addEventListener("abort", () => stop("Cancelled. Nothing was stored."));
  cancel.onclick = () => request.abort();
  request.open("POST", form.action);
  request.send(new FormData(form));
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
