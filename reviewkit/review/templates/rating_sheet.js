"use strict";
(() => {
  const body = document.body;
  const cases = [...document.querySelectorAll(".case")];
  const links = [...document.querySelectorAll("#cases a")];
  const message = document.getElementById("message");
  let unsaved = false;

  const fieldsets = (one) => [...one.querySelectorAll("fieldset")];
  const chosen = (fieldset) => fieldset.querySelector("input:checked");
  const say = (text) => { message.textContent = text; message.hidden = !text; };

  function show(index, focus) {
    cases.forEach((one, at) => one.classList.toggle("current", at === index));
    links.forEach((link, at) => at === index ? link.setAttribute("aria-current", "true") : link.removeAttribute("aria-current"));
    if (focus && cases[index]) { window.scrollTo(0, 0); cases[index].focus({ preventScroll: true }); }
  }

  function showFromAddress(focus) {
    const index = cases.findIndex((one) => "#" + one.id === location.hash);
    show(index < 0 ? 0 : index, focus);
  }

  function count() {
    let done = 0;
    cases.forEach((one, at) => {
      const all = fieldsets(one), rated = all.filter(chosen).length, link = links[at];
      link.querySelector(".state").textContent = rated + "/" + all.length;
      link.classList.toggle("done", rated === all.length);
      done += rated === all.length ? 1 : 0;
    });
    document.getElementById("progress").textContent =
      done + " of " + cases.length + " rated" + (unsaved ? ", not saved yet" : "");
  }

  function ratings() {
    const found = [];
    for (const one of cases) for (const fieldset of fieldsets(one)) {
      const radio = chosen(fieldset);
      if (!radio) continue;
      const scored = radio.value !== "not-scorable";
      found.push({
        submission_id: one.dataset.submissionId,
        criterion_id: fieldset.dataset.criterionId,
        level: scored ? Number(radio.value) : null,
        outcome: scored ? "scored" : "not-scorable",
        rationale: fieldset.querySelector("textarea").value.trim() || null,
        rated_at: fieldset.dataset.ratedAt || null,
      });
    }
    return found;
  }

  function save() {
    const sheet = {
      schema: body.dataset.schema, sheet_id: body.dataset.sheetId, ledger_id: body.dataset.ledgerId,
      reviewer_id: body.dataset.reviewerId, saved_at: new Date().toISOString(), ratings: ratings(),
    };
    const address = URL.createObjectURL(new Blob([JSON.stringify(sheet, null, 1)], { type: "application/json" }));
    const link = document.createElement("a");
    link.href = address;
    link.download = "ratings-" + sheet.sheet_id.slice(0, 8) + ".json";
    link.click();
    setTimeout(() => URL.revokeObjectURL(address), 10000);
    const left = cases.flatMap(fieldsets).filter((one) => !chosen(one) && one.querySelector("textarea").value.trim());
    say(left.length ? "Saved, but " + left.length + " rationale(s) stand without a level and are not in the file." : "");
    unsaved = left.length > 0;
    count();
  }

  function fill(sheet) {
    if (sheet.sheet_id !== body.dataset.sheetId) {
      say("That file was saved from another sheet; choose the file that this sheet saved.");
      return;
    }
    let filled = 0;
    for (const rating of sheet.ratings) {
      const one = cases.find((each) => each.dataset.submissionId === rating.submission_id);
      const fieldset = one && fieldsets(one).find((each) => each.dataset.criterionId === rating.criterion_id);
      const value = rating.outcome === "not-scorable" ? "not-scorable" : String(rating.level);
      const radio = fieldset && [...fieldset.querySelectorAll("input")].find((each) => each.value === value);
      if (!radio) continue;
      radio.checked = true;
      fieldset.querySelector("textarea").value = rating.rationale || "";
      fieldset.dataset.ratedAt = rating.rated_at || "";
      filled += 1;
    }
    say(filled + " of the file’s " + sheet.ratings.length + " ratings were filled in.");
    unsaved = false;
    count();
  }

  async function load(event) {
    const file = event.target.files[0];
    if (!file) return;
    try { fill(JSON.parse(await file.text())); }
    catch (fault) { say("That file is not one that this page saved; choose another."); }
    event.target.value = "";
  }

  function changed(event) {
    const fieldset = event.target.closest("fieldset");
    if (!fieldset) return;
    fieldset.dataset.ratedAt = new Date().toISOString();
    unsaved = true;
    count();
  }

  function typed(event) {
    const fieldset = event.target.closest("fieldset");
    if (!fieldset || event.target.tagName === "TEXTAREA" || event.ctrlKey || event.metaKey || event.altKey) return;
    const radio = [...fieldset.querySelectorAll("input")].find((one) => one.value === event.key);
    if (!radio) return;
    event.preventDefault();
    radio.focus();
    radio.click();
  }

  document.documentElement.classList.add("scripted");
  document.addEventListener("change", changed);
  document.addEventListener("input", changed);
  document.addEventListener("keydown", typed);
  document.getElementById("save").addEventListener("click", save);
  document.getElementById("load").addEventListener("change", load);
  window.addEventListener("hashchange", () => showFromAddress(true));
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
  showFromAddress(false);
  count();
})();
