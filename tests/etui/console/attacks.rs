//! Hostile HTTP clients are refused, and cost bounded memory and time.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use serde_json::json;

use super::page::Server;
use crate::bench::Bench;

/// Sends a request and reads until the server closes the connection.
fn exchange(port: u16, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let _ = stream.write_all(request);
    let mut answer = Vec::new();
    let _ = stream.read_to_end(&mut answer);
    String::from_utf8_lossy(&answer).into_owned()
}

#[test]
fn an_ambiguous_request_is_refused() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let port = server.port;
    let host = format!("Host: 127.0.0.1:{port}\r\n");
    let lines = page.headers().map(|(name, value)| format!("{name}: {value}\r\n")).concat();
    let own = format!("{host}{lines}Connection: close\r\n");
    let vault = format!("POST /api/vault HTTP/1.1\r\n{own}");
    for (why, request, status) in [
        ("as it should be", format!("{vault}Content-Length: 2\r\n\r\n{{}}"), "200"),
        ("two hosts", format!("GET / HTTP/1.1\r\n{host}Host: evil.example\r\n\r\n"), "421"),
        ("no host", "GET / HTTP/1.0\r\n\r\n".into(), "421"),
        ("a host with a user", format!("GET / HTTP/1.1\r\nHost: me@127.0.0.1:{port}\r\n\r\n"), "421"),
        ("a host with a last dot", format!("GET / HTTP/1.1\r\nHost: 127.0.0.1.:{port}\r\n\r\n"), "421"),
        (
            "another host in the first line",
            format!("POST http://evil.example/api/vault HTTP/1.1\r\n{own}Content-Length: 2\r\n\r\n{{}}"),
            "421",
        ),
        ("as to a proxy", format!("CONNECT evil.example:443 HTTP/1.1\r\n{host}\r\n"), "421"),
        ("to nobody", format!("OPTIONS * HTTP/1.1\r\n{host}\r\n"), "403"),
        ("no length", format!("{vault}\r\n{{}}"), "411"),
        ("in pieces", format!("{vault}Transfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"), "411"),
        (
            "in pieces and of a length",
            format!("{vault}Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"),
            "411",
        ),
        ("in no such pieces", format!("{vault}Transfer-Encoding: xchunked\r\n\r\n2\r\n{{}}\r\n0\r\n\r\n"), "400"),
        ("of two lengths", format!("{vault}Content-Length: 2\r\nContent-Length: 3\r\n\r\n{{}} "), "400"),
        ("of a length with a sign", format!("{vault}Content-Length: +2\r\n\r\n{{}}"), "400"),
        ("a NUL in a line", format!("GET / HTTP/1.1\r\n{host}X: a\0b\r\n\r\n"), "400"),
        ("a line that goes on", format!("GET / HTTP/1.1\r\n{host}X: a\r\n b\r\n\r\n"), "400"),
        ("a space before the colon", format!("GET / HTTP/1.1\r\nHost : 127.0.0.1:{port}\r\n\r\n"), "400"),
        ("HTTP/0.9", "GET /\r\n".into(), "400"),
        ("TLS", format!("\x16\x03\x01\x02\0\x01\0\x01{}", "a".repeat(100)), "400"),
        (
            "a socket of another page",
            format!(
                "GET /api/watch HTTP/1.1\r\n{host}Origin: http://evil.example\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: x\r\n\r\n"
            ),
            "403",
        ),
        (
            "what a picture asks",
            format!("GET /api/vault HTTP/1.1\r\n{host}Sec-Fetch-Site: cross-site\r\nSec-Fetch-Dest: image\r\n\r\n"),
            "403",
        ),
        (
            "what a form sends",
            format!(
                "POST /api/stop HTTP/1.1\r\n{host}Origin: http://127.0.0.1:1\r\nSec-Fetch-Site: same-site\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 2\r\n\r\n{{}}"
            ),
            "403",
        ),
    ] {
        let answer = server.raw(&request);
        assert_eq!(answer.status.to_string(), status, "{why}: {answer:?}");
        assert!(status == "200" || !answer.body.contains("acme"), "{why}: {answer:?}");
    }
    assert_eq!(exchange(port, b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"), "", "HTTP/2 is not supported");
    // The body of a refused request is not read as another request.
    let hidden = format!("POST /api/vault HTTP/1.1\r\n{own}Content-Length: 2\r\n\r\n{{}}");
    let length = hidden.len();
    let answer = exchange(
        port,
        format!("POST /api/vault HTTP/1.1\r\n{host}Content-Length: {length}\r\n\r\n{hidden}").as_bytes(),
    );
    assert!(!answer.contains("acme") && !answer.contains(" 200 "), "{answer}");
    // Each of several pipelined requests is checked on its own.
    let stranger = format!("POST /api/vault HTTP/1.1\r\n{host}Content-Length: 0\r\n\r\n");
    let known = format!("POST /api/vault HTTP/1.1\r\n{host}{lines}Content-Length: 2\r\n\r\n{{}}");
    let row = format!("{known}GET / HTTP/1.1\r\n{host}\r\n{known}{stranger}");
    let answer = exchange(port, row.as_bytes());
    let statuses: Vec<&str> = answer.split("HTTP/1.1 ").skip(1).map(|answer| &answer[..3]).collect();
    assert_eq!(statuses, ["200", "200", "200", "403"], "{answer}");
}

#[test]
fn a_cookie_from_another_port_neither_grants_nor_blocks_access() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    let (name, value) = page.cookie.split_once('=').unwrap();
    let token = ("X-Etui-Token", page.token.clone());
    let ask = |cookie: String| server.post("/api/vault", &[("Cookie", cookie), token.clone()], &json!({})).status;
    // Cookies are not bound to a port, so a server on another port sees this cookie and can set others like
    // it.
    for cookie in [format!("{name}=x; {name}={value}"), format!("{name}={value}; {name}=x; a=b")] {
        assert_eq!(ask(cookie), 200);
    }
    for cookie in [format!("{name}=x"), format!("{name}={}", page.token), format!("x={value}"), value.to_owned()] {
        assert_eq!(ask(cookie), 401);
    }
    let seen = [("Cookie", page.cookie.clone()), ("X-Etui-Token", value.to_owned())];
    assert_eq!(server.post("/api/vault", &seen, &json!({})).status, 401, "the cookie is not a token");
}

#[test]
fn the_server_stores_nothing_for_a_client_that_is_refused() {
    let bench = Bench::acme();
    let server = Server::start(&bench, &[]);
    let host = format!("Host: 127.0.0.1:{0}\r\nOrigin: http://127.0.0.1:{0}\r\n", server.port);
    for (path, length, status) in [("/session", 2_000, 413), ("/session", 1 << 30, 413), ("/api/vault", 1 << 30, 401)] {
        let head =
            format!("POST {path} HTTP/1.1\r\n{host}Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n");
        assert_eq!(server.raw(&head).status, status, "{path} {length}");
    }
}

/// The peak memory of a process, in KiB.
#[cfg(target_os = "linux")]
fn peak_memory(process: u32) -> usize {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.trim().trim_end_matches(" kB").parse().unwrap()
}

#[test]
#[cfg(target_os = "linux")]
fn ten_thousand_connections_cost_bounded_memory_and_time() {
    let bench = Bench::acme();
    let mut server = Server::start(&bench, &[]);
    let page = server.enter();
    page.ask("/api/vault", &json!({}));
    let before = peak_memory(server.id());
    let address = std::net::SocketAddr::from(([127, 0, 0, 1], server.port));
    let mut held = Vec::new();
    for number in 0..10_000 {
        // The system refuses connections beyond its queue.
        let Ok(mut stream) = TcpStream::connect_timeout(&address, Duration::from_millis(1)) else { continue };
        let _ = stream.write_all(b"POST /session HTTP/1.1\r\nHost: ");
        if number % 20 == 0 {
            held.push(stream);
        }
    }
    let start = Instant::now();
    assert_eq!(page.ask("/api/vault", &json!({}))["team"], "acme");
    assert!(start.elapsed() < Duration::from_secs(50), "{:?}", start.elapsed());
    let files = std::fs::read_dir(format!("/proc/{}/fd", server.id())).unwrap().count();
    assert!(files < 160, "{files} files");
    let more = peak_memory(server.id()) - before;
    assert!(more < 16 << 10, "{more} KiB more");
    drop(held);
}

#[test]
#[ignore = "long: a client is disconnected after a minute"]
fn a_client_that_never_reads_its_answer_is_disconnected() {
    let bench = Bench::acme();
    let server = Server::start(&bench, &[]);
    let asks = format!("GET /style.css HTTP/1.1\r\nHost: 127.0.0.1:{}\r\n\r\n", server.port).repeat(2_000);
    let mut stream = TcpStream::connect(("127.0.0.1", server.port)).unwrap();
    stream.set_nonblocking(true).unwrap();
    let start = Instant::now();
    let cut_off = loop {
        match stream.write(asks.as_bytes()) {
            Err(error) if error.kind() == std::io::ErrorKind::WouldBlock => {}
            Err(_) => break true,
            Ok(_) => {}
        }
        if start.elapsed() > Duration::from_secs(58) {
            break false;
        }
        std::thread::sleep(Duration::from_millis(200));
    };
    assert!(cut_off, "{:?}", start.elapsed());
}
