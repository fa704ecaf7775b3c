//! A small HTTP server on loopback that answers by script, for this crate's tests.
//!
//! It is written on the socket itself, because tests need answers that no framework gives: none at
//! all, and half of one.

pub(crate) mod approval;
pub(crate) mod simulator;

use crate::ambient::Ambient;
use crate::cloud::{Cloud, Simulated};
use crate::exchange::Exchange;
use crate::limits::Limits;
use crate::read::ReadClient;
use crate::request::Method;
use crate::secret::Secret;
use chrono::{DateTime, Utc};
use serde_json::Value;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Barrier;

/// A request as it came over the wire.
#[derive(Debug, Clone)]
pub(crate) struct Seen {
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) headers: BTreeMap<String, String>,
    pub(crate) body: String,
}

/// What the server does.
pub(crate) enum Reply {
    /// Answers.
    Whole(u16, Vec<(&'static str, String)>, String),
    /// Answers `{}` once as many requests are under way as the barrier asks for.
    Together(Arc<Barrier>),
    /// Answers `{}` after others had every chance to arrive; counted as [`Reply::Together`] is.
    Alone,
    /// Says nothing and keeps the connection.
    Silent,
    /// Closes the connection without a word.
    Cut,
    /// Sends the head and half of the body, then closes.
    Half(u16, String),
}

pub(crate) fn json(status: u16, body: Value) -> Reply {
    Reply::Whole(status, Vec::new(), body.to_string())
}

type Script = dyn Fn(usize, &Seen) -> Reply + Send + Sync;

/// A running server; requests for tokens are answered by itself and counted apart.
pub(crate) struct Server {
    pub(crate) port: u16,
    seen: Arc<Mutex<Vec<Seen>>>,
    tokens: Arc<Mutex<usize>>,
    waits: Arc<Mutex<Vec<u64>>>,
    busy: Arc<Mutex<Busy>>,
}

/// How many requests are under way, and how many were at most.
#[derive(Default)]
struct Busy {
    now: usize,
    most: usize,
}

impl Server {
    /// Starts with a script that gets the number of the request, from 0, and the request.
    pub(crate) async fn start(
        script: impl Fn(usize, &Seen) -> Reply + Send + Sync + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let server = Self {
            port: listener.local_addr().unwrap().port(),
            seen: Arc::default(),
            tokens: Arc::default(),
            waits: Arc::default(),
            busy: Arc::default(),
        };
        let (seen, tokens) = (Arc::clone(&server.seen), Arc::clone(&server.tokens));
        let busy = Arc::clone(&server.busy);
        let script: Arc<Script> = Arc::new(script);
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (seen, tokens) = (Arc::clone(&seen), Arc::clone(&tokens));
                let (busy, script) = (Arc::clone(&busy), Arc::clone(&script));
                tokio::spawn(serve(stream, seen, tokens, busy, script));
            }
        });
        server
    }

    pub(crate) fn seen(&self) -> Vec<Seen> {
        self.seen.lock().unwrap().clone()
    }

    pub(crate) fn tokens(&self) -> usize {
        *self.tokens.lock().unwrap()
    }

    /// Returns once that many requests have arrived.
    pub(crate) async fn arrived(&self, count: usize) {
        while self.seen().len() < count {
            tokio::task::yield_now().await;
        }
    }

    /// How many requests were under way together at most.
    pub(crate) fn most(&self) -> usize {
        self.busy.lock().unwrap().most
    }

    /// Whole seconds that the client asked the waiter for.
    pub(crate) fn waits(&self) -> Vec<u64> {
        self.waits.lock().unwrap().clone()
    }

    pub(crate) fn origin(&self) -> String {
        format!("http://127.0.0.1:{}", self.port)
    }

    pub(crate) fn cloud(&self) -> Cloud {
        Cloud::simulator(simulated(&self.origin(), &self.origin(), None)).unwrap()
    }

    pub(crate) fn reader(&self) -> ReadClient {
        self.reader_within(Limits::default())
    }

    pub(crate) fn reader_within(&self, limits: Limits) -> ReadClient {
        ReadClient::new(self.cloud(), self.ambient(), limits).unwrap()
    }

    /// A clock that stands still and a waiter that notes and returns.
    pub(crate) fn ambient(&self) -> Ambient {
        let waits = Arc::clone(&self.waits);
        let wait = move |duration: Duration| {
            waits.lock().unwrap().push(duration.as_secs());
            Box::pin(std::future::ready(())) as futures::future::BoxFuture<'static, ()>
        };
        Ambient::new(now, wait).with_jitter(|| 0.0)
    }

    /// A reader whose clock shows another time than the approvals'.
    pub(crate) fn reader_at(&self, at: DateTime<Utc>) -> ReadClient {
        let ambient = Ambient::new(move || at, |_| Box::pin(std::future::ready(())));
        ReadClient::new(self.cloud(), ambient, Limits::default()).unwrap()
    }
}

/// The record of a request that was answered.
pub(crate) fn answered() -> Exchange {
    let url = "http://127.0.0.1:1/subscriptions/0".parse().unwrap();
    let id = "id".to_owned();
    Exchange::begun(Method::Get, "simulator", &url, None, id, now())
}

pub(crate) fn now() -> DateTime<Utc> {
    "2026-11-21T09:00:00Z".parse().unwrap()
}

pub(crate) fn simulated(arm: &str, authority: &str, ca_pem: Option<String>) -> Simulated {
    Simulated {
        arm: arm.to_owned(),
        authority: authority.to_owned(),
        prices: Some(arm.to_owned()),
        storage: Vec::new(),
        ca_pem,
        tenant: "tenant".into(),
        client_id: "client".into(),
        client_secret: Secret::new("invented"),
    }
}

async fn serve(
    mut stream: TcpStream,
    seen: Arc<Mutex<Vec<Seen>>>,
    tokens: Arc<Mutex<usize>>,
    busy: Arc<Mutex<Busy>>,
    script: Arc<Script>,
) {
    let Some(request) = receive(&mut stream).await else {
        return;
    };
    let reply = if request.target.ends_with("/oauth2/v2.0/token") {
        let mut count = tokens.lock().unwrap();
        *count += 1;
        let body = format!(
            r#"{{"token_type":"Bearer","expires_in":3599,"ext_expires_in":3599,"access_token":"token-{count}"}}"#
        );
        Reply::Whole(200, Vec::new(), body)
    } else {
        let number = {
            let mut seen = seen.lock().unwrap();
            seen.push(request.clone());
            seen.len() - 1
        };
        script(number, &request)
    };
    let text = match reply {
        Reply::Cut => return,
        Reply::Silent => return std::future::pending().await,
        Reply::Alone => {
            {
                let mut busy = busy.lock().unwrap();
                busy.now += 1;
                busy.most = busy.most.max(busy.now);
            }
            for _ in 0..200 {
                tokio::task::yield_now().await;
            }
            busy.lock().unwrap().now -= 1;
            format!("{}{{}}", head(200, &[], 2))
        }
        Reply::Together(barrier) => {
            {
                let mut busy = busy.lock().unwrap();
                busy.now += 1;
                busy.most = busy.most.max(busy.now);
            }
            barrier.wait().await;
            busy.lock().unwrap().now -= 1;
            format!("{}{{}}", head(200, &[], 2))
        }
        Reply::Half(status, body) => {
            let whole = head(status, &[], body.len());
            format!("{whole}{}", &body[..body.len() / 2])
        }
        Reply::Whole(status, headers, body) => {
            format!("{}{body}", head(status, &headers, body.len()))
        }
    };
    // The client may have gone away; that is what some tests are about.
    let _ = stream.write_all(text.as_bytes()).await;
    let _ = stream.shutdown().await;
}

fn head(status: u16, headers: &[(&'static str, String)], length: usize) -> String {
    let mut text = format!(
        "HTTP/1.1 {status} x\r\ncontent-type: application/json\r\nconnection: close\r\ncontent-length: {length}\r\nx-ms-request-id: r-1\r\n"
    );
    for (name, value) in headers {
        text.push_str(&format!("{name}: {value}\r\n"));
    }
    text + "\r\n"
}

async fn receive(stream: &mut TcpStream) -> Option<Seen> {
    let mut bytes = Vec::new();
    let end = loop {
        if let Some(at) = bytes.windows(4).position(|four| four == b"\r\n\r\n") {
            break at;
        }
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    };
    let head = String::from_utf8_lossy(&bytes[..end]).into_owned();
    let mut lines = head.split("\r\n");
    let mut first = lines.next()?.split(' ');
    let (method, target) = (first.next()?.to_owned(), first.next()?.to_owned());
    let headers: BTreeMap<String, String> = lines
        .filter_map(|line| line.split_once(": "))
        .map(|(name, value)| (name.to_ascii_lowercase(), value.to_owned()))
        .collect();
    let length: usize = headers
        .get("content-length")
        .map_or(0, |text| text.parse().unwrap());
    while bytes.len() < end + 4 + length {
        if stream.read_buf(&mut bytes).await.ok()? == 0 {
            return None;
        }
    }
    let body = String::from_utf8_lossy(&bytes[end + 4..]).into_owned();
    Some(Seen {
        method,
        target,
        headers,
        body,
    })
}
