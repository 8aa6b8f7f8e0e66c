/* Handrail: what plain pages cannot do alone. Every page works without this file. Nothing is kept in the browser. */
(() => {
  "use strict";
  const all = (selector, root = document) => [...root.querySelectorAll(selector)];
  const status = () => document.getElementById("status");

  /* Say something to people who cannot see it happen: one line, always there, politely read out. */
  function say(text) {
    const line = status();
    if (!line || !text) return;
    line.textContent = "";
    setTimeout(() => { line.textContent = text; }, 60); // the same sentence twice is read twice
  }

  /* New content may ask for the focus (data-focus), say what happened (data-say) and what the page is now (data-page);
     buttons that need us appear. */
  function welcome(root) {
    all("[data-copy], [data-share], [data-print], [data-pick]", root).forEach((button) => { button.hidden = false; });
    all("[data-unscripted]", root).forEach((button) => { button.hidden = true; });
    all("input[data-suggest]", root).forEach(suggest);
    all(".map[data-tiles]", root).forEach(tile);
    const target = root.matches?.("[data-focus]") ? root : root.querySelector("[data-focus]");
    if (target) target.focus();
    const said = root.matches?.("[data-say]") ? root : root.querySelector("[data-say]");
    if (said) say(said.dataset.say);
    const page = root.matches?.("[data-page]") ? root : root.querySelector("[data-page]");
    if (page && root !== document.documentElement) document.title = `${page.dataset.page} · Handrail`;
  }

  /* htmx: say that something loads when it takes long, keep the focus where the new content is. */
  let slow;
  document.addEventListener("htmx:before:request", (event) => {
    event.detail.ctx.target?.setAttribute?.("aria-busy", "true");
    clearTimeout(slow);
    slow = setTimeout(() => say(status()?.dataset.wait), 700);
    startClock();
  });
  document.addEventListener("htmx:finally:request", (event) => {
    clearTimeout(slow);
    event.detail.ctx.target?.removeAttribute?.("aria-busy");
    release(event.detail.ctx.sourceElement);
  });
  document.addEventListener("htmx:after:swap", (event) => {
    const old = event.detail.ctx.target;
    const target = old?.isConnected ? old : document.getElementById(old?.id ?? "") ?? event.target;
    if (!(target instanceof Element)) return;
    welcome(target);
    if (document.activeElement === document.body && target !== document.body) { // what had the focus is gone
      if (!target.hasAttribute("tabindex")) target.tabIndex = -1;
      target.focus({ preventScroll: true });
    }
  });
  document.addEventListener("htmx:before:swap", (event) => {
    const { response, sourceElement } = event.detail.ctx ?? {};
    if (!(response?.status >= 400) || !sourceElement?.matches?.("form.save")) return;
    event.preventDefault(); // a page that says what went wrong does not fit into a button
    sourceElement.submit();
  });
  document.addEventListener("htmx:error", () => say(status()?.dataset.failed));

  /* A form goes once. The server would notice the second time too, by the form's key. */
  function release(element) {
    const form = element?.closest?.("form") ?? element?.form;
    if (!form) return;
    delete form.dataset.sent;
    all("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
  }
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post") return;
    if (form.dataset.sent) { event.preventDefault(); event.stopImmediatePropagation(); return; }
    form.dataset.sent = "1";
    all("button:not([type=button])", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    setTimeout(() => release(form), 15000); // the network may have swallowed it
  }, true);
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    all("form[data-sent]").forEach(release);
    if (document.querySelector('meta[name="session-seconds"]')) location.reload(); // a page of the cache may be stale, or not theirs any more
  });

  /* A letter shows what somebody else will read: it follows the ticks and the text beside it, letter by letter. */
  function preview(form) {
    const text = form.querySelector("[data-mirror]")?.value.trim() ?? "";
    const ticked = new Set(all('input[name="categories"]:checked', form).map((box) => box.value));
    all("[data-told]", form).forEach((row) => { row.hidden = !ticked.has(row.dataset.told) || (row.dataset.told === "note" && !text); });
    all("[data-told-without]", form).forEach((row) => { row.hidden = ticked.has(row.dataset.toldWithout); });
    all("[data-mirrored]", form).forEach((copy) => { copy.textContent = text; });
  }
  document.addEventListener("input", (event) => {
    const form = event.target.closest("form[data-preview]");
    if (form) preview(form);
  });
  window.addEventListener("pageshow", () => all("form[data-preview]").forEach(preview)); // what the browser filled in again

  /* Quick exit: empty the screen at once, then go where this page is not one step back. Escape three times does the same. */
  function leave(link) {
    document.title = "";
    document.body.hidden = true;
    fetch(link.href, { redirect: "manual", keepalive: true }).catch(() => {}); // the list is forgotten, also when we are gone
    location.replace(link.dataset.leave);
  }
  let escapes = [];
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") { escapes = []; return; }
    all("details.menu[open]").forEach((menu) => { menu.open = false; menu.querySelector("summary").focus(); });
    const link = document.querySelector("a[data-leave]");
    escapes = [...escapes.filter((at) => at > event.timeStamp - 1500), event.timeStamp];
    if (link && escapes.length >= 3) leave(link);
  });

  document.addEventListener("click", async (event) => {
    all("details.menu[open]").forEach((menu) => { if (!menu.contains(event.target)) menu.open = false; });
    const exit = event.target.closest("a[data-leave]");
    if (exit) { event.preventDefault(); leave(exit); return; }
    const sent = event.target.closest('[aria-disabled="true"]');
    if (sent) { event.preventDefault(); return; }
    const button = event.target.closest("[data-copy], [data-share], [data-print], [data-pick]");
    if (!button) return;
    if ("print" in button.dataset) window.print();
    if ("copy" in button.dataset) copy(button, button.dataset.copy);
    if ("pick" in button.dataset) {
      all('input[type="checkbox"]', button.closest("form")).forEach((box) => { box.checked = button.dataset.pick === "all"; });
    }
    if ("share" in button.dataset) {
      const url = new URL(button.dataset.share || location.href, location.href).href;
      if (!navigator.share) { copy(button, url); return; }
      try { await navigator.share({ title: button.dataset.title, url }); } catch { /* the person changed their mind */ }
    }
  });
  async function copy(button, text) {
    try {
      await navigator.clipboard.writeText(text);
      say(status()?.dataset.copied);
      button.classList.add("is-copied");
      setTimeout(() => button.classList.remove("is-copied"), 2500);
    } catch { say(status()?.dataset.failed); }
  }

  /* Following an error to its field puts the caret there, also into the first choice of several. */
  document.addEventListener("click", (event) => {
    const link = event.target.closest(".errors a[href^='#']");
    const field = link && document.getElementById(decodeURIComponent(link.hash.slice(1)));
    if (!field) return;
    event.preventDefault();
    field.scrollIntoView({ block: "center" });
    field.focus({ preventScroll: true });
  });

  /* Two minutes before an idle session ends: ask, and go on when wanted. Every request starts the clock again. */
  let clock, end;
  function startClock() {
    const seconds = Number(document.querySelector('meta[name="session-seconds"]')?.content);
    const dialog = document.getElementById("session-ends");
    if (!seconds || !dialog) return;
    clearTimeout(clock);
    clearTimeout(end);
    clock = setTimeout(() => dialog.showModal?.(), Math.max(5, seconds - 120) * 1000);
    end = setTimeout(() => { document.body.hidden = true; location.reload(); }, (seconds + 5) * 1000);
  }
  document.getElementById("session-ends")?.addEventListener("close", async (event) => {
    const answer = await fetch(event.target.dataset.extend, { redirect: "manual", cache: "no-store" }).catch(() => null);
    if (answer?.ok) startClock(); else location.reload();
  });

  /* Suggestions while somebody types: an ARIA combobox over a plain search field. */
  let boxes = 0;
  function suggest(input) {
    if (input.dataset.suggest === "on") return;
    const address = input.dataset.suggest || "/api/suggest";
    input.dataset.suggest = "on";
    input.removeAttribute("list");
    const list = document.createElement("ul");
    list.className = "suggest";
    list.id = `suggest-${++boxes}`;
    list.hidden = true;
    list.setAttribute("role", "listbox");
    list.setAttribute("aria-label", input.labels?.[0]?.textContent.trim() ?? "");
    const seat = document.createElement("span");
    seat.className = "suggest__seat";
    const hadFocus = document.activeElement === input;
    input.replaceWith(seat);
    seat.append(input, list);
    if (hadFocus) input.focus();
    Object.entries({ role: "combobox", "aria-autocomplete": "list", "aria-expanded": "false", "aria-controls": list.id, autocomplete: "off" })
      .forEach(([name, value]) => input.setAttribute(name, value));

    let at = -1, typed = "", waiting, abort;
    const options = () => all('[role="option"]', list);
    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }
    function mark(next) {
      const found = options();
      at = (next + found.length + 1) % (found.length + 1); // one place more: the words as typed
      found.forEach((option, n) => option.setAttribute("aria-selected", String(n === at)));
      input.value = at < found.length ? found[at].dataset.text : typed;
      if (at < found.length) { input.setAttribute("aria-activedescendant", found[at].id); found[at].scrollIntoView({ block: "nearest" }); }
      else { at = -1; input.removeAttribute("aria-activedescendant"); }
    }
    function choose(option) {
      input.value = option.dataset.text;
      close();
      if (option.dataset.href) { location.assign(option.dataset.href); return; }
      input.form?.requestSubmit();
    }
    function show(found) {
      list.replaceChildren(...found.map((one, n) => {
        const option = document.createElement("li");
        option.id = `${list.id}-${n}`;
        option.setAttribute("role", "option");
        option.setAttribute("aria-selected", "false");
        option.dataset.text = one.text;
        if (one.kind === "service" && one.id) option.dataset.href = `/services/${one.id}`;
        const words = document.createElement("span");
        words.append(...marked(one.text, typed));
        option.append(words);
        if (one.note) { const note = document.createElement("small"); note.textContent = one.note; option.append(note); }
        return option;
      }));
      at = -1;
      list.hidden = !found.length;
      input.setAttribute("aria-expanded", String(found.length > 0));
      const words = status()?.dataset;
      if (found.length && words?.suggestions) say(words.suggestions.replace("{n}", found.length));
    }
    async function ask() {
      typed = input.value;
      abort?.abort();
      if (typed.trim().length < 2) { close(); return; }
      const patience = abort = new AbortController();
      setTimeout(() => patience.abort(), 5000); // whoever has typed on by then needs no suggestion
      try {
        const answer = await fetch(`${address}?q=${encodeURIComponent(typed.slice(0, 100))}`, { signal: abort.signal, headers: { accept: "application/json" } });
        if (!answer.ok) { close(); return; }
        const body = await answer.json();
        if (document.activeElement === input && input.value === typed) show(Array.isArray(body) ? body : body.suggestions ?? []);
      } catch { /* a newer question, or no network: the field works as it is */ }
    }
    input.addEventListener("input", () => { clearTimeout(waiting); waiting = setTimeout(ask, 120); });
    input.addEventListener("keydown", (event) => {
      if (event.isComposing) return; // the keys belong to the writing system
      if (list.hidden) { if (event.key === "ArrowDown") ask(); return; }
      if (event.key === "ArrowDown") { event.preventDefault(); mark(at + 1); }
      else if (event.key === "ArrowUp") { event.preventDefault(); mark(at < 0 ? options().length - 1 : at - 1); }
      else if (event.key === "Escape") { event.preventDefault(); event.stopPropagation(); input.value = typed; close(); }
      else if (event.key === "Enter" && at >= 0) { event.preventDefault(); choose(options()[at]); }
      else if (event.key === "Tab") close(); // the words stay as they stand in the field
    });
    list.addEventListener("pointerdown", (event) => event.preventDefault()); // the field keeps the focus
    list.addEventListener("click", (event) => { const option = event.target.closest('[role="option"]'); if (option) choose(option); });
    input.addEventListener("blur", () => { clearTimeout(waiting); abort?.abort(); close(); });
    input.form?.addEventListener("submit", () => { clearTimeout(waiting); abort?.abort(); close(); });
  }
  function marked(text, typed) {
    const words = typed.trim();
    const where = text.toLowerCase().indexOf(words.toLowerCase());
    if (where < 0) return [document.createTextNode(text)];
    const strong = document.createElement("b");
    strong.textContent = text.slice(where, where + words.length);
    return [text.slice(0, where), strong, text.slice(where + words.length)].map((part) => typeof part === "string" ? document.createTextNode(part) : part);
  }

  /* Map and list in step: the card under the hand or with the focus marks its pin, and the pin its card. */
  function partners(element) {
    const pin = element?.closest?.(".map [href^='#r'], .map [data-pin]");
    const name = pin ? (pin.dataset.pin ?? pin.getAttribute("href").slice(1)) : element?.closest?.(".result[id^='r']")?.id;
    return name ? [document.getElementById(name), ...all(`.map [href="#${name}"], .map [data-pin="${name}"]`)].filter(Boolean) : [];
  }
  function step(event) {
    const marked = partners(event.target);
    if (!marked.length && event.type === "mouseover" && document.querySelector(".result:focus-within.is-marked, .map .is-marked:focus-within")) return;
    all(".is-marked").forEach((one) => { if (!marked.includes(one)) one.classList.remove("is-marked"); });
    marked.forEach((one) => one.classList.add("is-marked"));
  }
  document.addEventListener("mouseover", step);
  document.addEventListener("focusin", step);

  /* Where an installation has map tiles, its public pages show a map instead of the sketch, with the same pins. */
  function loaded(tag, attributes) {
    return new Promise((resolve, reject) => {
      const element = Object.assign(document.createElement(tag), attributes, { onload: resolve, onerror: reject });
      document.head.append(element);
    });
  }
  async function tile(box) {
    const { tiles, script, style } = box.dataset;
    delete box.dataset.tiles;
    try {
      if (!window.L) await Promise.all([loaded("link", { rel: "stylesheet", href: style }), loaded("script", { src: script })]);
    } catch { return; } // the sketch stays
    const sketch = box.querySelector("svg");
    const ground = document.createElement("div");
    ground.className = "map__tiles";
    sketch.before(ground);
    const map = window.L.map(ground, { scrollWheelZoom: false });
    window.L.tileLayer(tiles, { maxZoom: 18, attribution: new URL(tiles.replaceAll(/[{}]/g, ""), location.href).hostname }).addTo(map);
    const markers = all("[data-at]", sketch).map((pin) => {
      const label = pin.nextElementSibling.textContent;
      const name = pin.closest("a")?.getAttribute("aria-label") ?? label;
      const knob = document.createElement("b");
      knob.textContent = label;
      const marker = window.L.marker(pin.dataset.at.split(",").map(Number), {
        icon: window.L.divIcon({ className: "map__pin", html: knob, iconSize: [32, 32] }), title: name, alt: name, zIndexOffset: -1000 * Number(label),
      }).addTo(map);
      if (pin.dataset.href) marker.on("click", () => { location.hash = pin.dataset.href; });
      return [marker, pin.dataset.href];
    });
    map.fitBounds(markers.map(([marker]) => marker.getLatLng()), { padding: [32, 32], maxZoom: 15 });
    markers.forEach(([marker, href]) => { // their elements are made when the map knows what it shows
      if (!href) return;
      marker.getElement().dataset.pin = href.slice(1);
      marker.getElement().addEventListener("keydown", (event) => { if (event.key === "Enter") location.hash = href; });
    });
    map.attributionControl.setPrefix("Leaflet");
    sketch.setAttribute("hidden", "");
    box.querySelector(":scope > p")?.setAttribute("hidden", ""); // it explains the sketch
  }

  /* A hand-out that was asked for on paper opens the printer by itself, once: going back or reloading only shows it. */
  function printNow() {
    const address = new URL(location.href);
    address.searchParams.delete("print");
    history.replaceState(null, "", address);
    window.print();
  }

  /* Whoever goes back or forward faster than this file loads has the address of one page and the content of another. */
  const [came] = performance.getEntriesByType("navigation");
  if (came && !history.state?.again && came.name.split("#")[0] !== location.href.split("#")[0]) {
    history.replaceState({ ...history.state, again: true }, ""); // once: nothing may reload for ever
    location.reload();
  }

  welcome(document.documentElement);
  startClock();
  if (document.querySelector("[data-print-now]")) window.addEventListener("load", printNow);
})();
