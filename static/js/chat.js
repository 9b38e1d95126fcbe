// Sends questions without a reload and keeps place and focus. Without this file the forms do the same by themselves.
const turns = document.getElementById("turns");
const composer = document.querySelector("[data-composer]");
const box = composer.querySelector("textarea");
const state = composer.querySelector("[data-composer-state]");

function say(text) {
  state.textContent = text;
}

function newest() {
  return turns.lastElementChild;
}

function onlyNewestChips() {
  const all = [...document.querySelectorAll("[data-chips]")];
  all.slice(0, -1).forEach((chips) => chips.remove());
}

box.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing) return;
  event.preventDefault();
  composer.requestSubmit();
});

// A chip is a form of its own; here it speaks through the composer.
document.addEventListener("submit", (event) => {
  const chip = event.submitter;
  if (!chip || !chip.matches("[data-chip]") || !composer.hasAttribute("hx-post")) return;
  event.preventDefault();
  box.value = chip.value;
  composer.requestSubmit();
});

document.addEventListener("keydown", (event) => {
  if (event.key !== "/" || event.target.closest("input, textarea, select")) return;
  event.preventDefault();
  box.focus();
});

composer.addEventListener("htmx:beforeRequest", () => say("Looking it up…"));
composer.addEventListener("htmx:afterRequest", (event) => {
  if (!event.detail.successful) return;
  say("");
  box.value = "";
  onlyNewestChips();
  newest().scrollIntoView({ block: "start" });
  box.focus({ preventScroll: true });
});
composer.addEventListener("htmx:sendError", () => say("The connection broke off. Your question is still here; ask again."));
composer.addEventListener("htmx:responseError", () => say("That did not work. Your question is still here; reload the page and ask again."));

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
  const look = async () => {
    stop();
    try {
      if ((await stored(article)) !== article) return;
    } catch {
      // The network is away for a moment; the next look may find it.
    }
    if (article.isConnected) follow();
  };
  const follow = () => {
    timer = setTimeout(look, PATIENCE);
    source = new EventSource(`${article.dataset.events}${last && `&after=${encodeURIComponent(last)}`}`);
    const heard = (event, change) => {
      if (event.lastEventId) last = event.lastEventId;
      clearTimeout(timer);
      timer = setTimeout(look, PATIENCE);
      change(JSON.parse(event.data));
    };
    source.addEventListener("step", (event) => heard(event, (said) => {
      step.textContent = `${said.label}…`;
      live.replaceChildren();
    }));
    source.addEventListener("delta", (event) => heard(event, (said) => {
      const line = document.createElement("p");
      line.textContent = said.text;
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
composer.addEventListener("htmx:afterRequest", watchAll);
watchAll();
