//! What a page that lies could try: to leave, to open windows, to fetch, to run what is not the interface's.

use crate::driver::{LOOK, Window};
use crate::ports::free_port;
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::net::TcpListener;
use std::sync::{Arc, Mutex};
use thirtyfour::prelude::*;

/// Every way out of the page. `arguments[0]` is where it would lead; each answers what became of it.
const WAYS_OUT: &str = r#"
const to = arguments[0], done = arguments[arguments.length - 1];
const tried = {};
const attempt = async (name, way) => {
  try { tried[name] = String(await way()); } catch (error) { tried[name] = `threw ${error.name}`; }
};
const add = (tag, set) => {
  const element = document.createElement(tag);
  Object.assign(element, set);
  document.body.append(element);
  return element;
};
const loaded = (tag, set) => new Promise((answer) => {
  const element = add(tag, set);
  element.onload = () => answer("loaded");
  element.onerror = () => answer("blocked");
  setTimeout(() => answer("nothing"), 1000);
});
(async () => {
  await attempt("fetch", () => fetch(`${to}fetch`).then(() => "answered"));
  await attempt("beacon", () => navigator.sendBeacon(`${to}beacon`, "x"));
  await attempt("socket", () => new Promise((answer) => {
    const socket = new WebSocket(`${to.replace("http", "ws")}socket`);
    socket.onopen = () => answer("opened");
    socket.onerror = () => answer("blocked");
  }));
  await attempt("picture", () => loaded("img", { src: `${to}picture` }));
  await attempt("script", () => loaded("script", { src: `${to}script` }));
  await attempt("style", () => loaded("link", { rel: "stylesheet", href: `${to}style` }));
  await attempt("frame", () => loaded("iframe", { src: `${to}frame` }));
  await attempt("inline", () => { add("script", { textContent: "window.ran = 'inline'" }); return window.ran; });
  await attempt("handler", () => { add("button", {}).setAttribute("onclick", "window.ran = 'handler'"); document.body.lastElementChild.click(); return window.ran; });
  await attempt("markup", () => { add("div", { innerHTML: "<img src=x onerror=\"window.ran = 'markup'\">" }); return window.ran; });
  await attempt("eval", () => window.eval("window.ran = 'eval'"));
  await attempt("prototype", () => { Object.prototype.seen = "polluted"; return ({}).seen; });
  await attempt("window", () => window.open(`${to}window`));
  await attempt("link", () => { add("a", { href: `${to}link`, target: "_blank" }).click(); return "pressed"; });
  await attempt("form", () => { add("form", { action: `${to}form`, method: "post" }).submit(); return "sent"; });
  await attempt("refresh", () => { add("meta", { httpEquiv: "refresh", content: `0; url=${to}refresh` }); return "added"; });
  await attempt("address", () => { location.href = `${to}address`; return "set"; });
  await attempt("data", () => { location.href = "data:text/html,<h1>elsewhere</h1>"; return "set"; });
  await attempt("file", () => { location.href = "file:///etc/passwd"; return "set"; });
  setTimeout(() => done(tried), 500);
})();
"#;

/// What tauri's plugins would offer, and what is not there at all.
const COMMANDS: &str = r#"
const names = arguments[0], done = arguments[arguments.length - 1];
const ask = (name) => window.__TAURI_INTERNALS__.invoke(name, {}).then(() => "allowed", (error) => String(error));
Promise.all(names.map(ask)).then((answers) => done(answers));
"#;

#[tokio::test]
async fn a_page_that_lies_reaches_nothing_outside_the_window() -> WebDriverResult<()> {
    let home = tempfile::tempdir().unwrap();
    let (address, reached) = outside();
    let window = Window::open(home.path()).await;
    window.see("main h1").await;
    let before = window.page.current_url().await?;

    let tried = window.page.execute_async(WAYS_OUT, vec![json!(address)]);
    let tried: Value = tried.await?.convert()?;
    for way in ["fetch", "socket", "picture", "script", "style"] {
        let told = tried[way].as_str().unwrap_or_default();
        assert!(
            told == "blocked" || told.starts_with("threw"),
            "{way}: {tried:#}"
        );
    }
    for way in ["inline", "handler", "markup"] {
        assert_eq!(tried[way], "undefined", "{tried:#}");
    }
    for way in ["eval", "prototype"] {
        let told = tried[way].as_str().unwrap_or_default();
        assert!(
            told.starts_with("threw") || told == "undefined",
            "{way}: {tried:#}"
        );
    }
    assert_eq!(tried["window"], "null", "{tried:#}");

    let plugins = [
        "plugin:dialog|save",
        "plugin:dialog|open",
        "plugin:notification|notify",
        "plugin:window-state|save_window_state",
        "plugin:window|set_title",
        "plugin:window|close",
        "plugin:webview|create_webview_window",
        "plugin:webview|internal_toggle_devtools",
        "plugin:event|emit",
        "plugin:app|version",
        "plugin:fs|read_text_file",
        "plugin:shell|execute",
        "plugin:http|fetch",
    ];
    let answers = window.page.execute_async(COMMANDS, vec![json!(plugins)]);
    let answers: Vec<String> = answers.await?.convert()?;
    for (plugin, answer) in plugins.iter().zip(&answers) {
        assert!(
            answer.contains("not allowed") || answer.contains("not found"),
            "{plugin}: {answer}"
        );
    }

    tokio::time::sleep(LOOK).await;
    assert_eq!(window.page.current_url().await?, before, "{tried:#}");
    assert_eq!(window.page.windows().await?.len(), 1, "{tried:#}");
    let reached = reached.lock().unwrap().clone();
    assert!(reached.is_empty(), "it was reached: {reached:?}, {tried:#}");
    let ran = window.page.execute("return window.ran ?? null;", vec![]);
    assert_eq!(*ran.await?.json(), Value::Null);
    window.close().await;
    Ok(())
}

/// Something outside the window: its address, and what it was asked for.
fn outside() -> (String, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", free_port())).unwrap();
    let address = format!("http://{}/", listener.local_addr().unwrap());
    let reached = Arc::new(Mutex::new(Vec::new()));
    let asked = Arc::clone(&reached);
    std::thread::spawn(move || {
        while let Ok((stream, _)) = listener.accept() {
            let mut line = String::new();
            // Whoever connects and asks for nothing has reached it as well.
            let _ = BufReader::new(stream).read_line(&mut line);
            asked.lock().unwrap().push(line);
        }
    });
    (address, reached)
}
