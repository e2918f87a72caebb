//! The HTTP server of the console, with limits on size, time, and who may connect.

use std::convert::Infallible;
use std::future::Future;
use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener};
use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use http_body_util::{BodyExt as _, Full, Limited};
use hyper::body::{Bytes, Incoming};
use hyper::header::{self, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::{Method, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::{Value as Json, json};
use tokio::sync::{Semaphore, oneshot};

use super::admission::{Admission, ENTRANCE, Refusal};
use super::browser::is_of_another_user;
use super::page::{HEADERS, PAGE};
use super::requests::answer::{response, version};
use super::requests::{self, Job};
use super::worker::Worker;
use crate::vault::value;

/// The largest body: the largest value in base64, and some room for the rest. In bytes.
const BODY: usize = value::LIMIT / 3 * 4 + (64 << 10);

/// The largest request head, in bytes and in lines.
const HEAD: usize = 16 << 10;
const LINES: usize = 64;

/// How long a request head may take to arrive, and how long a body.
const HEAD_TIME: Duration = Duration::from_secs(5);
const BODY_TIME: Duration = Duration::from_secs(20);

/// The largest body that carries no value, in bytes. Before admission, no larger body is read.
const SMALL: usize = 1 << 10;

/// The most connections at once, and how long one is reused. A browser opens about six, and replaces those that close.
const CONNECTIONS: usize = 128;
const CONNECTION_TIME: Duration = Duration::from_secs(25);

/// How long [`WATCH`] waits for a change, and how often it looks at the file meanwhile.
const NEWS_TIME: Duration = Duration::from_secs(20);
const NEWS_EVERY: Duration = Duration::from_millis(250);

/// How long running requests may take once the console is closing.
const FAREWELL: Duration = Duration::from_secs(1);

/// The path at which a page waits for a change.
const WATCH: &str = "/api/watch";

type Request = hyper::Request<Incoming>;
type Response = hyper::Response<Full<Bytes>>;

/// What all requests share.
pub struct Console {
    own: SocketAddr,
    admission: Admission,
    worker: Worker,
    vault: PathBuf,
}

/// A server that runs on a thread of its own.
pub struct Server {
    address: String,
    stop: oneshot::Sender<()>,
    thread: JoinHandle<()>,
}

/// Starts the server on a port of 127.0.0.1; on any free one if the port is 0.
pub fn start(port: u16, vault: PathBuf, worker: Worker) -> io::Result<Server> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))?;
    listener.set_nonblocking(true)?;
    let own = listener.local_addr()?;
    let admission = Admission::new(own.port());
    let address = admission.address().to_owned();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_io().enable_time().build()?;
    let console = Arc::new(Console { own, admission, worker, vault });
    let (stop, stopped) = oneshot::channel();
    let thread = thread::spawn(move || runtime.block_on(serve(listener, console, stopped)));
    Ok(Server { address, stop, thread })
}

impl Server {
    /// Returns the address that opens the console once.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Stops the server once running requests have finished.
    pub fn stop(self) {
        let _ = self.stop.send(());
        let _ = self.thread.join();
    }
}

async fn serve(listener: TcpListener, console: Arc<Console>, mut stopped: oneshot::Receiver<()>) {
    let Ok(listener) = tokio::net::TcpListener::from_std(listener) else { return };
    let room = Arc::new(Semaphore::new(CONNECTIONS));
    loop {
        let next = async {
            let place = Arc::clone(&room).acquire_owned().await;
            (place, listener.accept().await)
        };
        let (place, accepted) = match first(&mut stopped, next).await {
            None => break,
            Some(next) => next,
        };
        // Too many open files, for example. Try again soon.
        let Ok((stream, peer)) = accepted else {
            tokio::time::sleep(Duration::from_millis(50)).await;
            continue;
        };
        let console = Arc::clone(&console);
        let service = service_fn(move |request| {
            let console = Arc::clone(&console);
            async move { Ok::<_, Infallible>(respond(&console, peer, request).await) }
        });
        let mut http = http1::Builder::new();
        http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIME).max_buf_size(HEAD).max_headers(LINES);
        let connection = http.serve_connection(TokioIo::new(stream), service);
        tokio::spawn(async move {
            let mut connection = std::pin::pin!(connection);
            // Otherwise a client that never reads its response would stay forever. A running request gets as long again.
            if tokio::time::timeout(CONNECTION_TIME, connection.as_mut()).await.is_err() {
                connection.as_mut().graceful_shutdown();
                let _ = tokio::time::timeout(CONNECTION_TIME, connection).await;
            }
            drop(place);
        });
    }
    // Wait for the responses that are still being written, such as the one to the request that closed the console.
    let _ = tokio::time::timeout(FAREWELL, room.acquire_many(CONNECTIONS as u32)).await;
}

/// Returns the result of `next`, or none if it is time to stop.
async fn first<T>(stopped: &mut oneshot::Receiver<()>, next: impl Future<Output = T>) -> Option<T> {
    let mut next = std::pin::pin!(next);
    std::future::poll_fn(|cx| {
        if std::pin::Pin::new(&mut *stopped).poll(cx).is_ready() {
            return std::task::Poll::Ready(None);
        }
        next.as_mut().poll(cx).map(Some)
    })
    .await
}

/// Admits or refuses a request, and adds the headers that every response has.
async fn respond(console: &Console, peer: SocketAddr, request: Request) -> Response {
    let mut checked = console.admission.check(request.method(), request.uri(), request.headers());
    // Everything but the page itself is for this user only.
    if request.method() != Method::GET && is_of_another_user(peer, console.own) {
        checked = checked.and(Err(Refusal::Stranger));
    }
    let mut response = match checked {
        Ok(()) => route(console, request).await,
        Err(refusal) => refuse(refusal.status(), "refused", refusal.message()),
    };
    for (name, value) in HEADERS {
        response.headers_mut().insert(*name, HeaderValue::from_static(value));
    }
    response
}

/// Responds to a request that was admitted.
async fn route(console: &Console, request: Request) -> Response {
    let path = request.uri().path();
    let file = PAGE.iter().find(|(at, ..)| *at == path);
    let job = requests::ALL.iter().find(|(at, _)| *at == path);
    let (is_read, is_sent) =
        (matches!(*request.method(), Method::GET | Method::HEAD), request.method() == Method::POST);
    match (file, job, path) {
        (Some((_, kind, text)), ..) if is_read => content(kind, *text),
        (_, Some((_, job)), _) if is_sent => perform(console, request, job).await,
        (.., ENTRANCE) if is_sent => enter(console, request).await,
        (.., WATCH) if is_sent => watch(console, request).await,
        (None, None, path) if ![ENTRANCE, WATCH].contains(&path) => {
            refuse(StatusCode::NOT_FOUND, "not_found", "not found")
        }
        _ => {
            let message = "this path does not accept this method";
            let mut response = refuse(StatusCode::METHOD_NOT_ALLOWED, "method", message);
            let allowed = if file.is_some() { "GET, HEAD" } else { "POST" };
            response.headers_mut().insert(header::ALLOW, HeaderValue::from_static(allowed));
            response
        }
    }
}

fn refuse(status: StatusCode, code: &'static str, message: &str) -> Response {
    answer(status, &json!({"error": {"code": code, "exit": 2, "message": message, "hint": null}}))
}

fn answer(status: StatusCode, document: &Json) -> Response {
    let mut response = content("application/json", document.to_string());
    *response.status_mut() = status;
    response
}

fn content(kind: &'static str, text: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Full::new(text.into()));
    response.headers_mut().insert(header::CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// Refuses a malformed request. The details are not repeated, because they may contain a value.
fn bad() -> Response {
    refuse(StatusCode::BAD_REQUEST, "bad_request", "this is not a request that the console's page makes")
}

/// Parses the body of a request that carries no value.
async fn asked<T: DeserializeOwned>(request: Request) -> Result<T, Response> {
    serde_json::from_slice(&body(request, SMALL).await?).map_err(|_| bad())
}

/// Reads the body of a request of the page.
async fn body(request: Request, most: usize) -> Result<Bytes, Response> {
    if request.headers().get(header::CONTENT_TYPE).is_none_or(|kind| kind != "application/json") {
        return Err(bad());
    }
    // A browser always sends the length, and in this way only.
    let length =
        request.headers().get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse::<u64>().ok());
    let Some(length) = length.filter(|_| !request.headers().contains_key(header::TRANSFER_ENCODING)) else {
        return Err(refuse(StatusCode::LENGTH_REQUIRED, "bad_request", "the request has no Content-Length"));
    };
    if length > most as u64 {
        let message = format!("longer than the limit of {} bytes", value::LIMIT);
        return Err(refuse(StatusCode::PAYLOAD_TOO_LARGE, "too_large", &message));
    }
    match tokio::time::timeout(BODY_TIME, Limited::new(request.into_body(), most).collect()).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(_)) => Err(bad()),
        Err(_) => Err(refuse(StatusCode::REQUEST_TIMEOUT, "slow", "the request took too long to arrive")),
    }
}

/// Performs a request at the desk.
async fn perform(console: &Console, request: Request, job: &'static Job) -> Response {
    let asked = match body(request, BODY).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    let done = console.worker.ask(move |desk| job(desk, &asked).map(|answer| response(&desk.ui, answer))).await;
    match done {
        Some(Some((status, document))) => answer(status, &document),
        Some(None) => bad(),
        None => refuse(StatusCode::SERVICE_UNAVAILABLE, "ended", "the console has ended"),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Entering {
    ticket: String,
}

/// Exchanges the ticket for a cookie and a token.
async fn enter(console: &Console, request: Request) -> Response {
    let Entering { ticket } = match asked(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    match console.admission.admit(&ticket) {
        Ok(admitted) => {
            let mut response = answer(StatusCode::OK, &json!({"token": admitted.token}));
            if let Ok(cookie) = HeaderValue::from_str(&admitted.cookie) {
                response.headers_mut().insert(header::SET_COOKIE, cookie);
            }
            response
        }
        Err(refusal) => refuse(refusal.status(), "refused", refusal.message()),
    }
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Watching {
    seen: String,
    /// Whether somebody has used the page since its last request.
    #[serde(default)]
    used: bool,
}

/// Responds once the vault's file is no longer the one seen, or after a time. This does not involve the desk, so that a
/// page that only waits counts as unused.
async fn watch(console: &Console, request: Request) -> Response {
    let Watching { seen, used } = match asked(request).await {
        Ok(asked) => asked,
        Err(refusal) => return refusal,
    };
    if used {
        console.worker.used();
    }
    let start = Instant::now();
    loop {
        let now = version(&console.vault);
        if now != seen || start.elapsed() > NEWS_TIME {
            return answer(StatusCode::OK, &json!({"seen": now}));
        }
        tokio::time::sleep(NEWS_EVERY).await;
    }
}
