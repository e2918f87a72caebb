//! Admission: only the browser that this console opened gets in, and only from the console's own page.
//!
//! Three things prove it: a cookie, which no script can read; a token in a header, which no other page can read; and
//! the origin that the browser reports. A cookie alone is not enough, because browsers send it to every port of this
//! machine, and another user may listen on one.

use std::sync::Mutex;

use hyper::header::{COOKIE, HOST, HeaderMap, HeaderName, ORIGIN};
use hyper::{Method, StatusCode, Uri};
use rand::Rng as _;
use rand::rngs::OsRng;
use sha2::{Digest as _, Sha256};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
const FETCH_DEST: HeaderName = HeaderName::from_static("sec-fetch-dest");
pub const TOKEN: HeaderName = HeaderName::from_static("x-etui-token");

/// The path at which a ticket is exchanged for a cookie and a token.
pub const ENTRANCE: &str = "/session";

/// The secrets of one console, which its page has to present.
pub struct Admission {
    host: String,
    origin: String,
    cookie_name: String,
    cookie: String,
    token: String,
    /// Can be used once.
    ticket: Mutex<Option<String>>,
    address: String,
}

/// Why a request is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It was sent to another host name. An attacker can make a name resolve to this machine (DNS rebinding).
    Host,
    /// Another page sent it, or embeds this one in a frame.
    Origin,
    /// It lacks the cookie, the token or a valid ticket.
    Stranger,
}

impl Refusal {
    pub fn status(self) -> StatusCode {
        match self {
            Refusal::Host => StatusCode::MISDIRECTED_REQUEST,
            Refusal::Origin => StatusCode::FORBIDDEN,
            Refusal::Stranger => StatusCode::UNAUTHORIZED,
        }
    }

    pub fn message(self) -> &'static str {
        match self {
            Refusal::Host => "this is not the address of the console",
            Refusal::Origin => "only the console's own page may send requests",
            Refusal::Stranger => "this browser has no session with the console, or the session has ended",
        }
    }
}

/// What the page gets in exchange for its ticket.
pub struct Admitted {
    pub cookie: String,
    pub token: String,
}

impl Admission {
    pub fn new(port: u16) -> Admission {
        let random = || format!("{:032x}{:032x}", OsRng.r#gen::<u128>(), OsRng.r#gen::<u128>());
        // Browsers leave out the default port.
        let host = if port == 80 { "127.0.0.1".to_owned() } else { format!("127.0.0.1:{port}") };
        let ticket = random();
        Admission {
            origin: format!("http://{host}"),
            address: format!("http://{host}/#{ticket}"),
            host,
            cookie_name: format!("etui-{:08x}", OsRng.r#gen::<u32>()),
            cookie: random(),
            token: random(),
            ticket: Mutex::new(Some(ticket)),
        }
    }

    /// Returns the address that opens the console once. The ticket is in the fragment, which browsers never send.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// Checks that a request comes from the page, or only fetches the page itself, which contains nothing secret.
    pub fn check(&self, method: &Method, uri: &Uri, headers: &HeaderMap) -> Result<(), Refusal> {
        // A request line may name a host too, as requests to a proxy do.
        if only(headers, &HOST) != Some(&self.host) || uri.authority().is_some_and(|host| host != self.host.as_str()) {
            return Err(Refusal::Host);
        }
        let is_read = method == Method::GET || method == Method::HEAD;
        let origin = only(headers, &ORIGIN);
        if headers.contains_key(ORIGIN) && origin != Some(&self.origin) || origin.is_none() && !is_read {
            return Err(Refusal::Origin);
        }
        let is_own = headers.get_all(FETCH_SITE).iter().all(|site| site == "same-origin" || site == "none" && is_read);
        let frames = ["iframe", "frame", "embed", "object"];
        let is_framed = headers.get_all(FETCH_DEST).iter().any(|to| frames.iter().any(|frame| to == frame));
        if !is_own || is_framed {
            return Err(Refusal::Origin);
        }
        if is_read || uri.path() == ENTRANCE {
            return Ok(());
        }
        let has_token = only(headers, &TOKEN).is_some_and(|token| same(token, &self.token));
        let has_cookie = cookies(headers).any(|(name, value)| name == self.cookie_name && same(value, &self.cookie));
        if has_token && has_cookie { Ok(()) } else { Err(Refusal::Stranger) }
    }

    /// Exchanges the ticket for a session. It works once.
    pub fn admit(&self, ticket: &str) -> Result<Admitted, Refusal> {
        let mut held = self.ticket.lock().map_err(|_| Refusal::Stranger)?;
        held.take_if(|held| same(held, ticket)).ok_or(Refusal::Stranger)?;
        let cookie = format!("{}={}; Path=/; HttpOnly; SameSite=Strict", self.cookie_name, self.cookie);
        Ok(Admitted { cookie, token: self.token.clone() })
    }
}

/// Returns the value of a header that occurs exactly once.
fn only<'h>(headers: &'h HeaderMap, name: &HeaderName) -> Option<&'h str> {
    let mut values = headers.get_all(name).iter();
    let value = values.next()?.to_str().ok()?;
    values.next().is_none().then_some(value)
}

fn cookies(headers: &HeaderMap) -> impl Iterator<Item = (&str, &str)> {
    let all = headers.get_all(COOKIE).iter().filter_map(|value| value.to_str().ok());
    all.flat_map(|value| value.split(';')).filter_map(|cookie| cookie.trim().split_once('='))
}

/// Returns whether two secrets are equal. How long it takes reveals nothing about where they differ.
fn same(a: &str, b: &str) -> bool {
    Sha256::digest(a) == Sha256::digest(b)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn admission() -> Admission {
        Admission::new(4321)
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let header = |(name, value): &(&str, &str)| (HeaderName::try_from(*name).unwrap(), value.parse().unwrap());
        let mut headers = HeaderMap::new();
        for (name, value) in lines.iter().map(header) {
            headers.append(name, value);
        }
        headers
    }

    const HERE: (&str, &str) = ("host", "127.0.0.1:4321");
    const OWN: (&str, &str) = ("origin", "http://127.0.0.1:4321");

    #[test]
    fn a_ticket_is_good_once_and_a_wrong_one_does_not_use_it_up() {
        let admission = admission();
        let ticket = admission.address().split_once('#').unwrap().1.to_owned();
        for wrong in ["", "x", &ticket[1..], &format!("{ticket}0")] {
            assert_eq!(admission.admit(wrong).err(), Some(Refusal::Stranger));
        }
        let admitted = admission.admit(&ticket).ok().unwrap();
        assert!(admitted.cookie.ends_with("; Path=/; HttpOnly; SameSite=Strict"));
        assert_eq!(admission.admit(&ticket).err(), Some(Refusal::Stranger));
        assert!(!admitted.cookie.contains(&admitted.token) && admitted.token != ticket);
    }

    #[test]
    fn only_the_page_with_both_halves_is_let_in() {
        let admission = admission();
        let ticket = admission.address().split_once('#').unwrap().1.to_owned();
        let Admitted { cookie, token } = admission.admit(&ticket).ok().unwrap();
        let cookie = cookie.split(';').next().unwrap().to_owned();
        let (name, value) = cookie.split_once('=').unwrap();
        let both = format!("a=b; {cookie}");
        let check = |lines: &[(&str, &str)]| {
            admission.check(&Method::POST, &Uri::from_static("/api/vault"), &headers(&[&[HERE, OWN], lines].concat()))
        };
        assert_eq!(check(&[("cookie", &both), ("x-etui-token", &token)]), Ok(()));
        for lines in [
            &[("cookie", cookie.as_str())][..],
            &[],
            &[("x-etui-token", &token)],
            &[("cookie", &cookie), ("x-etui-token", value)],
            &[("cookie", &cookie), ("x-etui-token", "")],
            &[("cookie", &cookie), ("x-etui-token", &token), ("x-etui-token", &token)],
            &[("cookie", &format!("{name}={token}")), ("x-etui-token", &token)],
            &[("cookie", &format!("x{cookie}")), ("x-etui-token", &token)],
            &[("cookie", &format!("{cookie}0")), ("x-etui-token", &token)],
        ] {
            assert_eq!(check(lines), Err(Refusal::Stranger), "{lines:?}");
        }
        assert_eq!(
            check(&[("cookie", &both), ("x-etui-token", &token), ("sec-fetch-site", "same-site")]),
            Err(Refusal::Origin)
        );
    }

    #[test]
    fn whoever_asks_under_another_name_or_from_another_page_is_refused() {
        let (get, post) = (Method::GET, Method::POST);
        for (method, lines, refused) in [
            (&get, &[HERE][..], None),
            (&get, &[HERE, OWN], None),
            (&get, &[HERE, ("sec-fetch-site", "none"), ("sec-fetch-dest", "document")], None),
            (&post, &[HERE, OWN], None),
            (&get, &[], Some(Refusal::Host)),
            (&get, &[("host", "evil.example:4321")], Some(Refusal::Host)),
            (&get, &[("host", "localhost:4321")], Some(Refusal::Host)),
            (&get, &[("host", "127.0.0.1")], Some(Refusal::Host)),
            (&get, &[("host", "127.0.0.1:4322")], Some(Refusal::Host)),
            (&get, &[HERE, HERE], Some(Refusal::Host)),
            (&post, &[HERE], Some(Refusal::Origin)),
            (&post, &[HERE, ("origin", "null")], Some(Refusal::Origin)),
            (&post, &[HERE, ("origin", "https://127.0.0.1:4321")], Some(Refusal::Origin)),
            (&post, &[HERE, ("origin", "http://127.0.0.1:4321.evil.example")], Some(Refusal::Origin)),
            (&post, &[HERE, OWN, OWN], Some(Refusal::Origin)),
            (&post, &[HERE, OWN, ("sec-fetch-site", "none")], Some(Refusal::Origin)),
            (&get, &[HERE, ("origin", "http://evil.example")], Some(Refusal::Origin)),
            (&get, &[HERE, ("sec-fetch-site", "cross-site")], Some(Refusal::Origin)),
            (&get, &[HERE, ("sec-fetch-site", "same-site")], Some(Refusal::Origin)),
            (&get, &[HERE, ("sec-fetch-dest", "iframe")], Some(Refusal::Origin)),
        ] {
            let found = admission().check(method, &Uri::from_static(ENTRANCE), &headers(lines)).err();
            assert_eq!(found, refused, "{method} {lines:?}");
        }
        for (uri, refused) in [
            ("http://127.0.0.1:4321/", None),
            ("http://evil.example/", Some(Refusal::Host)),
            ("http://me@127.0.0.1:4321/", Some(Refusal::Host)),
            ("http://127.0.0.1:4322/", Some(Refusal::Host)),
        ] {
            assert_eq!(admission().check(&get, &Uri::from_static(uri), &headers(&[HERE])).err(), refused, "{uri}");
        }
    }
}
