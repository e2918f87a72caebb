//! A console, and the page's side of its HTTP, written by hand so that tests can also send invalid requests.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::process::{Child, ChildStderr, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal};
use serde_json::{Value, json};

use crate::bench::Bench;

/// Long enough for any machine; past this, something hangs.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running console. It is killed when dropped.
pub struct Server {
    child: Child,
    err: BufReader<ChildStderr>,
    /// The text that it printed before the address.
    pub output: String,
    pub port: u16,
    pub ticket: String,
}

/// The answer to a request.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    head: String,
    pub body: String,
}

/// A page with a session.
pub struct Page {
    port: u16,
    pub set_cookie: String,
    pub cookie: String,
    pub token: String,
}

impl Server {
    /// Starts a console without a browser.
    pub fn start(bench: &Bench, options: &[&str]) -> Server {
        let mut command = bench.command(["ui", "--no-open"].iter().chain(options));
        let mut child = command.stderr(Stdio::piped()).spawn().unwrap();
        let mut err = BufReader::new(child.stderr.take().unwrap());
        let mut output = String::new();
        let address = loop {
            let mut line = String::new();
            assert_ne!(err.read_line(&mut line).unwrap(), 0, "the console ended: {output}");
            match line.trim_end().find("http://") {
                Some(start) => break line.trim_end()[start..].to_owned(),
                None => output.push_str(&line),
            }
        };
        let (origin, ticket) = address.split_once("/#").unwrap();
        let port = origin.rsplit(':').next().unwrap().parse().unwrap();
        Server { child, err, output, port, ticket: ticket.to_owned() }
    }

    /// Sends these bytes and reads the answer.
    pub fn raw(&self, request: &str) -> Answer {
        raw(self.port, request)
    }

    pub fn get(&self, path: &str) -> Answer {
        self.raw(&format!("GET {path} HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nConnection: close\r\n\r\n", self.port))
    }

    pub fn post(&self, path: &str, headers: &[(&str, String)], asked: &Value) -> Answer {
        post(self.port, path, headers, asked)
    }

    /// Opens a session with the ticket.
    pub fn enter(&mut self) -> Page {
        let answer = self.post("/session", &[], &json!({"ticket": self.ticket}));
        assert_eq!(answer.status, 200, "{}", answer.body);
        let set_cookie = answer.header("set-cookie").unwrap().to_owned();
        Page {
            port: self.port,
            cookie: set_cookie.split(';').next().unwrap().to_owned(),
            set_cookie,
            token: answer.document()["token"].as_str().unwrap().to_owned(),
        }
    }

    /// Interrupts it, like Ctrl-C.
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    pub fn signal(&self, signal: Signal) {
        rustix::process::kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    /// The id of its process.
    pub fn id(&self) -> u32 {
        self.child.id()
    }

    /// Waits for its end. Returns its exit code and the text that it printed since the address.
    pub fn wait(&mut self) -> (i32, String) {
        let mut output = String::new();
        self.err.read_to_string(&mut output).unwrap();
        (self.child.wait().unwrap().code().unwrap_or(-1), output)
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

impl Page {
    /// The headers that the page's browser sends with each request.
    pub fn headers(&self) -> [(&'static str, String); 4] {
        [
            ("Origin", format!("http://127.0.0.1:{}", self.port)),
            ("Content-Type", "application/json".into()),
            ("Cookie", self.cookie.clone()),
            ("X-Etui-Token", self.token.clone()),
        ]
    }

    pub fn post(&self, path: &str, asked: &Value) -> Answer {
        post(self.port, path, &self.headers()[2..], asked)
    }

    /// The status of a request, or `None` if there is no server.
    pub fn try_post(&self, path: &str, asked: &Value) -> Option<u16> {
        let request = request(self.port, path, &self.headers()[2..], asked);
        Some(try_raw(self.port, &request)?.status)
    }

    /// The answer to a request that succeeds.
    #[track_caller]
    pub fn ask(&self, path: &str, asked: &Value) -> Value {
        let answer = self.post(path, asked);
        assert_eq!(answer.status, 200, "{path} {asked}: {}", answer.body);
        answer.document()
    }

    /// The mark of a secret or entry: the state that a form on it was opened with.
    #[track_caller]
    pub fn mark(&self, section: &str, name: &str) -> String {
        let all = self.ask("/api/vault", &json!({}));
        let mut items = all["items"].as_array().unwrap().iter();
        let item = items.find(|item| item["in"] == section && item["name"] == name).unwrap();
        item["mark"].as_str().unwrap().to_owned()
    }
}

impl Answer {
    pub fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(known, _)| known.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    #[track_caller]
    pub fn document(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

fn post(port: u16, path: &str, headers: &[(&str, String)], asked: &Value) -> Answer {
    raw(port, &request(port, path, headers, asked))
}

fn request(port: u16, path: &str, headers: &[(&str, String)], asked: &Value) -> String {
    let body = asked.to_string();
    let mut head = format!("POST {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\n");
    let own = [("Origin", format!("http://127.0.0.1:{port}")), ("Content-Type", "application/json".into())];
    let is_set = |name: &str| headers.iter().any(|(header, _)| *header == name);
    for (name, value) in headers.iter().chain(own.iter().filter(|(name, _)| !is_set(name))) {
        head += &format!("{name}: {value}\r\n");
    }
    format!("{head}Content-Length: {}\r\n\r\n{body}", body.len())
}

fn raw(port: u16, request: &str) -> Answer {
    try_raw(port, request).unwrap_or_else(|| panic!("no answer to {}", &request[..request.len().min(200)]))
}

/// The answer, if any.
fn try_raw(port: u16, request: &str) -> Option<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).ok()?;
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    // The server may close before it has read all of a refused request.
    let _ = stream.write_all(request.as_bytes());
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while reader.read_line(&mut head).is_ok_and(|read| read > 2) {}
    let length = head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length: ")?.parse().ok());
    let mut body = vec![0; length.unwrap_or(0)];
    reader.read_exact(&mut body).ok()?;
    let status = head.split(' ').nth(1)?.parse().unwrap();
    Some(Answer { status, body: String::from_utf8(body).unwrap(), head })
}
