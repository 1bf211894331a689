// What HTML and htmx do not do by themselves: dropping a file, the progress of an upload, and saying that the
// server is away. Without this file everything still works as plain forms.
"use strict";
(() => {
  const one = (selector, within = document) => within.querySelector(selector);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];

  // The server is away
  const away = one("#away");
  const alive = new URL("healthz", one(".brand").href);
  let asking = null;

  const isBack = () => {
    away.hidden = true;
    clearInterval(asking);
    asking = null;
  };
  const isAway = () => {
    away.hidden = false;
    all(".drop").forEach(sendingEnds);
    asking ??= setInterval(() => document.hidden || fetch(alive, { cache: "no-store" }).then(back, () => {}), 3000);
  };
  const back = () => {
    isBack();
    poll();
    const choices = one("#check .redraws");
    if (choices) htmx.trigger(choices, "change"); // what was chosen meanwhile is not there yet, nor its plan
  };
  document.addEventListener("htmx:sendError", isAway);
  document.addEventListener("htmx:timeout", isAway);
  document.addEventListener("htmx:afterOnLoad", () => away.hidden || isBack());

  // The progress of an import: quick at first, because most imports are; then every second, and the less often the
  // longer nothing changes, so that the end is seen a tenth late at most. Not in a hidden tab, nor while the server is away.
  const [SOON, OFTEN, SELDOM] = [400, 1000, 10000];
  const progress = one("#progress");
  const opened = Date.now();
  let [next, seen, changed] = [0, "", opened];
  const poll = () => {
    clearTimeout(next);
    if (progress) htmx.trigger(progress, "poll");
  };
  const pollLater = () => {
    clearTimeout(next);
    if (document.hidden || !away.hidden) return;
    const shown = all(".now, progress, dd:not(.clock), li", progress).map((each) => each.outerHTML).join();
    if (shown !== seen) [seen, changed] = [shown, Date.now()];
    const pause = Math.min(Math.max((Date.now() - changed) / 10, OFTEN), SELDOM);
    next = setTimeout(poll, Date.now() - opened < 2 * OFTEN ? SOON : pause);
  };
  if (progress) {
    pollLater();
    document.addEventListener("htmx:afterRequest", ({ detail }) => detail.elt === progress && pollLater());
    document.addEventListener("visibilitychange", () => (document.hidden ? clearTimeout(next) : poll()));
  }

  // An error is shown at the top until the next request
  document.addEventListener("htmx:beforeRequest", (event) => {
    if (!event.target.closest("#progress")) one("#notice").replaceChildren();
  });
  document.addEventListener("htmx:responseError", (event) => {
    all(".drop").forEach(sendingEnds);
    if (event.target.matches(".redraws")) one("#set-up").reset(); // to what the plan is of
    if (event.detail.xhr.getResponseHeader("content-type")?.startsWith("text/html")) return;
    const words = document.createElement("p");
    words.textContent = "That did not work. Load the page again; if it stays like this, ask whoever runs the server.";
    const box = document.createElement("div");
    box.className = "objection";
    box.append(words);
    one("#notice").replaceChildren(box);
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    if (event.detail.target.id === "notice") event.detail.target.scrollIntoView({ block: "center" });
  });

  // Opened details stay open when their part is reloaded
  let open = [];
  document.addEventListener("htmx:beforeSwap", () => (open = all("details[open][id]").map((each) => each.id)));
  document.addEventListener("htmx:afterSwap", () => {
    for (const id of open) document.getElementById(id)?.setAttribute("open", "");
    dress();
  });

  // Many columns: those that are looked for; the others keep what was chosen for them
  const wanted = { "find-column": "", "find-kind": "" };
  const find = () => {
    const table = one("#columns-table");
    if (!table || !one(".finds")) return;
    for (const id in wanted) document.getElementById(id).value = wanted[id];
    const [text, kind] = [wanted["find-column"].trim().toLowerCase(), wanted["find-kind"]];
    const rows = all("tbody tr", table);
    for (const row of rows) {
      const words = one("th", row).textContent.toLowerCase();
      row.hidden = !words.includes(text) || (kind && !row.classList.contains(kind));
    }
    const count = rows.filter((row) => !row.hidden).length;
    one("#found-columns").textContent = `${count.toLocaleString()} of ${rows.length.toLocaleString()} columns shown`;
  };
  const isFinding = (event) => {
    if (!event.target.matches(".finds")) return;
    event.stopPropagation(); // it is no choice for the import
    wanted[event.target.id] = event.target.value;
    find();
  };
  document.addEventListener("input", isFinding, true);
  document.addEventListener("change", isFinding, true);

  // Times in the reader's own zone, and announcements for screen readers only when they change
  const inWords = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const dress = () => {
    for (const time of all("time[data-local]")) {
      time.textContent = inWords.format(new Date(time.dateTime));
      time.removeAttribute("data-local");
    }
    const say = one("[data-say]")?.dataset.say;
    const said = one("#said");
    if (say && said.textContent !== say) said.textContent = say;
    find();
  };
  dress();

  // Uploads
  const fits = (form) => {
    const file = one(".drop-file", form).files[0];
    const most = Number(form.dataset.mostMb);
    const isTooLarge = file && file.size > most * 2 ** 20;
    one(".error-line", form).textContent = isTooLarge
      ? `${file.name} is too large: ${Math.ceil(file.size / 2 ** 20).toLocaleString()} MiB, and a file may have ` +
        `${most.toLocaleString()} MiB. Pack it with gzip, or split it into several files.`
      : "";
    return !isTooLarge;
  };
  const sendingEnds = (form) => {
    one(".drop-sending", form).hidden = true;
  };

  document.addEventListener("change", ({ target }) => {
    if (!target.matches(".drop-file")) return;
    if (fits(target.form) && target.files.length) target.form.requestSubmit();
  });
  document.addEventListener("htmx:beforeRequest", (event) => {
    const form = event.target;
    if (!form.matches(".drop")) return;
    if (!fits(form)) event.preventDefault();
    else one(".drop-sending", form).hidden = false;
  });
  document.addEventListener("htmx:xhr:progress", ({ target, detail }) => {
    if (!target.matches(".drop") || !detail.lengthComputable || !detail.total) return;
    const share = Math.round((100 * detail.loaded) / detail.total);
    one("progress", target).value = share;
    one("#sent", target).textContent = share < 100 ? `${share} % sent` : "Sent; reading it …";
  });

  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
  const light = (isOn) => all(".drop").forEach((form) => form.classList.toggle("over-it", isOn));
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !one(".drop")) return;
    event.preventDefault();
    light(true);
  });
  document.addEventListener("dragleave", (event) => event.relatedTarget || light(false));
  document.addEventListener("drop", (event) => {
    const form = one(".drop");
    if (!hasFiles(event) || !form) return;
    event.preventDefault();
    light(false);
    const input = one(".drop-file", form);
    input.files = event.dataTransfer.files;
    if (event.dataTransfer.files.length > 1) {
      one(".error-line", form).textContent = "One file at a time, please. Drop only the first one.";
      input.value = "";
    } else if (fits(form)) form.requestSubmit();
  });
})();
