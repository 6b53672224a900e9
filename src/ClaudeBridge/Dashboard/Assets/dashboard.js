// Works beside pages that work without it: follows the store, keeps one's place, local times, theme, copying.
(() => {
  "use strict";
  const page = document.documentElement;
  const $ = (id) => document.getElementById(id);
  // Swedish dates are written as the server's: 2026-11-20 12:00:00.
  const when = new Intl.DateTimeFormat("sv", { dateStyle: "short", timeStyle: "medium" });

  // Times as the reader's clock shows them; the title keeps UTC.
  function localize(root) {
    for (const time of root.querySelectorAll("time[data-local]")) {
      time.textContent = when.format(new Date(time.dateTime));
    }
    for (const button of root.querySelectorAll("[data-copy]")) {
      button.hidden = !navigator.clipboard;
    }
  }

  if (new Date().getTimezoneOffset()) {
    $("zone").textContent = "Times are those of your clock; their titles, and days in charts and filters, are UTC.";
  }

  const theme = $("theme");
  if (theme) {
    theme.hidden = false;
    theme.addEventListener("click", () => {
      const isDark = page.dataset.theme ? page.dataset.theme === "dark" : matchMedia("(prefers-color-scheme: dark)").matches;
      page.dataset.theme = isDark ? "light" : "dark";
      document.cookie = "theme=" + page.dataset.theme + "; path=/; max-age=31536000; samesite=lax";
    });
  }

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (button) {
      await navigator.clipboard.writeText($(button.dataset.copy).textContent);
      const name = button.textContent;
      button.textContent = "Copied";
      setTimeout(() => (button.textContent = name), 1500);
    }
  });

  // A link to a line of the waterfall opens it.
  function openTarget() {
    const details = location.hash.startsWith("#o-") && $(location.hash.slice(1))?.querySelector("details");
    if (details) {
      details.open = true;
    }
  }
  addEventListener("hashchange", openTarget);

  // In the waterfall the arrow keys walk from line to line.
  document.addEventListener("keydown", (event) => {
    const line = event.target.closest?.("summary.line");
    if (!line || event.ctrlKey || event.altKey || event.metaKey) {
      return;
    }
    const lines = [...document.querySelectorAll("summary.line")];
    const at = lines.indexOf(line);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: lines.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      lines[to]?.focus();
    } else if (event.key === "ArrowRight" || event.key === "ArrowLeft") {
      line.parentElement.open = event.key === "ArrowRight";
    }
  });

  // The way to a details element or to what has the focus, stable over a reload of the page's content.
  function keyOf(element) {
    const named = element.parentElement.closest("[id]");
    const same = [...(named || document).querySelectorAll(element.localName)];
    return [named && named.id, element.localName, same.indexOf(element)];
  }
  function find([id, name, index]) {
    return (id ? $(id) : document)?.querySelectorAll(name)[index];
  }

  async function reload() {
    const answer = await fetch(location.href, { headers: { accept: "text/html" } });
    if (!answer.ok || answer.redirected) {
      return;
    }
    const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
    const main = $("main");
    // Never under the hands of who is filling in a form or marking text.
    const focus = document.activeElement;
    if (!fresh || main.contains(focus) && focus.matches("input, select") || String(getSelection())) {
      return;
    }
    const open = [...main.querySelectorAll("details[open]")].map(keyOf);
    const focused = main.contains(focus) && focus !== main && keyOf(focus);
    const scrolled = [...main.querySelectorAll(".scroll, pre")].map((one) => [one.scrollLeft, one.scrollTop]);
    localize(fresh);
    main.replaceChildren(...fresh.childNodes);
    open.map(find).forEach((one) => one && (one.open = true));
    [...main.querySelectorAll(".scroll, pre")].forEach((one, index) => {
      [one.scrollLeft, one.scrollTop] = scrolled[index] || [0, 0];
    });
    focused && find(focused)?.focus({ preventScroll: true });
  }

  function follow(address) {
    const state = $("live-state");
    const pause = $("pause");
    let isPaused = sessionStorage.getItem("paused") === "1";
    let isDue = false;
    let timer = 0;
    const show = (word) => {
      state.textContent = isPaused ? "paused" : word;
      $("live").className = "live " + state.textContent;
      pause.setAttribute("aria-pressed", isPaused);
    };
    const soon = () => {
      isDue = true;
      if (!timer && !isPaused && !document.hidden) {
        timer = setTimeout(async () => {
          isDue = false;
          // Away: the stream comes back when the bridge does, and asks again.
          await reload().catch(() => {});
          timer = 0;
          isDue && soon();
        }, 1000);
      }
    };
    const source = new EventSource(address);
    source.addEventListener("change", soon);
    source.onopen = () => {
      state.textContent === "offline" && soon();
      show("live");
    };
    source.onerror = () => show("offline");
    pause.addEventListener("click", () => {
      isPaused = !isPaused;
      sessionStorage.setItem("paused", isPaused ? "1" : "0");
      show(source.readyState === EventSource.OPEN ? "live" : "offline");
      isPaused || (isDue && soon());
    });
    document.addEventListener("visibilitychange", () => isDue && soon());
    addEventListener("pagehide", () => source.close());
    addEventListener("pageshow", (event) => event.persisted && location.reload());
    $("live").hidden = false;
    show("connecting");
  }

  localize(document);
  openTarget();
  document.body.dataset.live && follow(document.body.dataset.live);
})();
