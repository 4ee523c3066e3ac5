/* The browsable API: sends a form's body with the method on its button, and shows the page that comes back.
 *
 *   <form data-api action="…"> csrf token, optional <textarea name="body">, <button value="PUT"> </form> */
(() => {
  "use strict";
  document.addEventListener("submit", async (event) => {
    const form = event.target.closest("form[data-api]");
    if (!form) return;
    event.preventDefault();
    form.closest("dialog")?.close();
    const body = form.elements.body?.value;
    const answer = await fetch(form.action, {
      method: event.submitter.value,
      headers: {
        Accept: "text/html",
        "X-CSRFToken": form.elements.csrfmiddlewaretoken.value,
        ...(body === undefined ? {} : { "Content-Type": "application/json" }),
      },
      body,
    });
    const text = await answer.text();
    const main = document.getElementById("main");
    const type = answer.headers.get("Content-Type") ?? "";
    const sent = body;
    if (type.includes("text/html")) {
      main.innerHTML = new DOMParser().parseFromString(text, "text/html").getElementById("main")?.innerHTML ?? "";
      const again = main.querySelector("form[data-api] textarea");
      if (again && sent !== undefined && !answer.ok) again.value = sent;
    } else {
      const plain = Object.assign(document.createElement("pre"), { className: "api-body", textContent: `${answer.status}\n${text}` });
      main.replaceChildren(plain);
    }
    scrollTo(0, 0);
  });
})();
