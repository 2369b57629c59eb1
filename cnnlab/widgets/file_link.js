// The line below a picture that opens a learner file in JupyterLab, or says its path where there is no Jupyter.
const inJupyter = () => Boolean(document.getElementById("jupyter-config-data"));

// The file's path on the server, from the address that the page of its notebook has in JupyterLab; or nothing.
export function pathOnServer(page, address) {
  return /\/tree\/(.+)$/.exec(decodeURIComponent(new URL(address, page).pathname))?.[1];
}

// JupyterLab runs a command for an element that carries one. Elsewhere the browser follows the link, in a new tab.
function addCommand(anchor) {
  const path = pathOnServer(location.href, anchor.getAttribute("href"));
  if (!path) return;
  anchor.setAttribute("data-commandlinker-command", "docmanager:open");
  anchor.setAttribute("data-commandlinker-args", JSON.stringify({ path }));
}

// show({ address, file, more }): a link to the file and more words, or only words; show(null): nothing.
export function makeFileLink() {
  const element = document.createElement("p"), anchor = document.createElement("a"), rest = document.createElement("span");
  element.className = "cnnlab-file";
  Object.assign(anchor, { target: "_blank", rel: "noopener" });
  anchor.addEventListener("click", () => addCommand(anchor)); // now, since the notebook may have been moved
  element.append(anchor, rest);
  return {
    element,
    show(link) {
      const opens = Boolean(link?.address) && inJupyter();
      element.hidden = !link;
      anchor.hidden = !opens;
      if (!link) return;
      if (opens) anchor.setAttribute("href", link.address);
      else anchor.removeAttribute("href");
      anchor.textContent = opens ? `Open ${link.file}` : "";
      rest.textContent = `${opens ? "" : link.file}${link.more}`;
    },
    // Whether there was something to open.
    open() {
      if (!anchor.hasAttribute("href")) return false;
      anchor.click();
      return true;
    },
  };
}
