// Sends questions without a reload and keeps place and focus. Without this file the forms do the same by themselves.
const words = JSON.parse(document.getElementById("script-words")?.textContent || "{}");
// A text in the language of the page; the page brings those that differ from the English here.
const said = (text, values = {}) => (words[text] || text).replace(/\{(\w+)\}/g, (_, name) => values[name]);
const turns = document.getElementById("turns");
const composer = document.querySelector("[data-composer]"); // an archived conversation has none
const box = composer && composer.querySelector("textarea");
const how = composer && composer.querySelector("[data-how]");
const key = composer && composer.querySelector("[data-key]");
const state = composer && composer.querySelector("[data-composer-state]");

function say(text) {
  if (state) state.textContent = text;
}

function newest() {
  return turns.lastElementChild;
}

function onlyNewestChips() {
  const all = [...document.querySelectorAll("[data-chips]")];
  all.slice(0, -1).forEach((chips) => chips.remove());
  const edits = [...document.querySelectorAll("[data-edit]")];
  edits.slice(0, -1).forEach((edit) => edit.remove());
}

function editLast() {
  const asked = [...turns.querySelectorAll(".asked bdi")].pop();
  if (!asked || !box) return;
  box.value = asked.textContent;
  how.value = "edit";
  box.focus();
}

if (composer) {
  box.addEventListener("keydown", (event) => {
    if (event.key === "ArrowUp" && !box.value) {
      event.preventDefault();
      editLast();
      return;
    }
    if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    composer.requestSubmit();
  });
  composer.addEventListener("htmx:beforeRequest", () => say(said("Looking it up…")));
  composer.addEventListener("htmx:afterRequest", (event) => {
    if (!event.detail.successful) return;
    say("");
    box.value = "";
    how.value = "";
    // Until now, sending again would have been the same turn.
    key.value = [...crypto.getRandomValues(new Uint32Array(3))].map((part) => part.toString(36)).join("");
    onlyNewestChips();
    showCopy();
    newest().scrollIntoView({ block: "start" });
    box.focus({ preventScroll: true });
    watchAll();
  });
  composer.addEventListener("htmx:sendError", () => say(said("The connection broke off. Your question is still here; ask again.")));
  composer.addEventListener("htmx:responseError", (event) => {
    const page = new DOMParser().parseFromString(event.detail.xhr.responseText, "text/html");
    const told = [...page.querySelectorAll(".problem h2, .problem-fix, .plain-page h1, [data-problem]")];
    say(told.map((one) => one.textContent.trim()).join(". ") || "That did not work. Your question is still here; reload the page and ask again.");
  });
}

// A chip is a form of its own; here it speaks through the composer.
document.addEventListener("submit", (event) => {
  const chip = event.submitter;
  if (!chip || !chip.matches("[data-chip]") || !composer || !composer.hasAttribute("hx-post")) return;
  event.preventDefault();
  box.value = chip.value;
  how.value = chip.dataset.how || "";
  composer.requestSubmit();
});

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-edit]") || !composer) return;
  event.preventDefault();
  editLast();
});

document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    const running = turns.querySelector("[data-running] [data-stop]");
    if (running) running.requestSubmit();
    return;
  }
  if (event.altKey && event.code === "KeyN") {
    const fresh = document.querySelector("[data-new-conversation]");
    if (!fresh) return;
    event.preventDefault();
    fresh.click();
    return;
  }
  const anywhere = (event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k";
  const outside = event.key === "/" && !event.ctrlKey && !event.metaKey && !event.target.closest("input, textarea, select");
  if (!box || !(anywhere || outside)) return;
  event.preventDefault();
  box.focus();
});

// Arrows walk along the chips.
document.addEventListener("keydown", (event) => {
  const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
  const chip = event.target.closest && event.target.closest(".chips .chip");
  if (!step || !chip) return;
  const all = [...chip.closest(".chips").querySelectorAll(".chip")];
  event.preventDefault();
  all[(all.indexOf(chip) + step + all.length) % all.length].focus();
});

// Copying needs scripts and a page that came over HTTPS or from this machine; elsewhere the button stays hidden.
function showCopy() {
  if (!navigator.clipboard) return;
  turns.querySelectorAll("[data-copy]").forEach((button) => { button.hidden = false; });
}

function answerText(article) {
  const words = [...article.querySelectorAll(".answer > p bdi, .answer .comment bdi")].map((one) => one.textContent);
  const tables = [...article.querySelectorAll(".answer table")].flatMap((table) => (
    [...table.rows].map((row) => [...row.cells].map((cell) => cell.textContent.trim()).join("\t"))
  ));
  return [...words, ...tables].join("\n");
}

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  try {
    await navigator.clipboard.writeText(answerText(button.closest(".turn")));
    say(said("The answer is copied."));
  } catch {
    say(said("The browser did not let the answer be copied."));
  }
});

// Verdicts on answers replace their own row of buttons.
document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-judge]")) return;
  event.preventDefault();
  const sent = new FormData(form);
  if (event.submitter && event.submitter.name) sent.set(event.submitter.name, event.submitter.value);
  const judged = form.closest("[data-judged]");
  const answer = await fetch(form.action, { method: "POST", body: sent, credentials: "same-origin", headers: { "X-Fragment": "1" } });
  if (!answer.ok) {
    say(said("That was not stored. Reload the page and try again."));
    return;
  }
  const fresh = document.createElement("template");
  fresh.innerHTML = (await answer.text()).trim();
  const row = fresh.content.firstElementChild;
  judged.replaceWith(row);
  const pressed = row.querySelector("[aria-pressed=true]") || row.querySelector("button");
  pressed.focus();
  say(row.querySelector("[aria-pressed=true]") ? said("Thank you; that is stored.") : said("That is taken back."));
});

// A turn that a language model answers: its events are followed, and where streams don't pass, it is asked for again
// and again. What is stored is what counts: at the end the turn is taken from there.
const PAUSE = 2000;
const PATIENCE = 15000;

async function stored(article) {
  const answer = await fetch(article.dataset.running, { credentials: "same-origin" });
  if (!answer.ok) return article;
  const fresh = document.createElement("template");
  fresh.innerHTML = (await answer.text()).trim();
  const turn = fresh.content.firstElementChild;
  if (turn.hasAttribute("data-running")) {
    article.dataset.events = turn.dataset.events;
    return article;
  }
  article.replaceWith(turn);
  onlyNewestChips();
  showCopy();
  return turn;
}

function watch(article) {
  const live = article.querySelector("[data-live]");
  const step = article.querySelector("[data-step]");
  let last = "";
  let source = null;
  let timer = null;

  const stop = () => {
    clearTimeout(timer);
    if (source) source.close();
    source = null;
  };
  const look = async (event) => {
    stop();
    if (event?.lastEventId) last = event.lastEventId;
    try {
      if ((await stored(article)) !== article) return;
    } catch {
      // The network is away for a moment; the next look may find it.
    }
    // Still running, though its events ended: whoever is at work on it now has to be waited for.
    if (article.isConnected) timer = setTimeout(follow, PAUSE);
  };
  const follow = () => {
    // Sent twice, by a broken link: the first one is still being answered, without a stream.
    const streamed = article.dataset.events;
    timer = setTimeout(look, streamed ? PATIENCE : PAUSE);
    if (!streamed) return;
    source = new EventSource(`${streamed}${last && `&after=${encodeURIComponent(last)}`}`);
    const heard = (event, change) => {
      if (event.lastEventId) last = event.lastEventId;
      clearTimeout(timer);
      timer = setTimeout(look, PATIENCE);
      change(JSON.parse(event.data));
    };
    // Taken up, perhaps once more: what an earlier worker said counts no longer.
    source.addEventListener("turn.started", (event) => heard(event, () => live.replaceChildren()));
    source.addEventListener("step", (event) => heard(event, (told) => {
      step.textContent = `${said(told.label)}…`;
      live.replaceChildren();
    }));
    source.addEventListener("delta", (event) => heard(event, (told) => {
      const line = document.createElement("p");
      line.textContent = told.text;
      live.append(line);
    }));
    ["turn.completed", "turn.failed", "turn.cancelled", "turn.stored"].forEach((name) => source.addEventListener(name, look));
    source.onerror = () => {
      stop();
      timer = setTimeout(look, PAUSE);
    };
  };
  follow();
}

function watchAll() {
  turns.querySelectorAll("[data-running]:not([data-watched])").forEach((article) => {
    article.dataset.watched = "";
    watch(article);
  });
}

document.addEventListener("submit", async (event) => {
  const form = event.target;
  if (!form.matches("[data-stop]")) return;
  event.preventDefault();
  const article = form.closest("[data-running]");
  form.querySelector("button").disabled = true;
  await fetch(form.action, { method: "POST", body: new FormData(form), credentials: "same-origin", redirect: "manual" });
  await stored(article);
});
showCopy();
watchAll();
