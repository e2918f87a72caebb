//! The files of the page, and the headers of every response.

/// The files of the page: path, content type, text. They contain nothing from a vault.
pub const PAGE: &[(&str, &str, &str)] = &[
    ("/", "text/html; charset=utf-8", include_str!("page/index.html")),
    ("/style.css", "text/css; charset=utf-8", include_str!("page/style.css")),
    ("/app.js", SCRIPT, include_str!("page/app.js")),
    ("/api.js", SCRIPT, include_str!("page/api.js")),
    ("/dom.js", SCRIPT, include_str!("page/dom.js")),
    ("/environment.js", SCRIPT, include_str!("page/environment.js")),
    ("/forms.js", SCRIPT, include_str!("page/forms.js")),
    ("/matrix.js", SCRIPT, include_str!("page/matrix.js")),
    ("/people.js", SCRIPT, include_str!("page/people.js")),
    ("/secret.js", SCRIPT, include_str!("page/secret.js")),
    ("/section.js", SCRIPT, include_str!("page/section.js")),
];
const SCRIPT: &str = "text/javascript; charset=utf-8";

/// The headers of every response: do not cache it, do not embed it in a frame, run only the page's own scripts.
pub const HEADERS: &[(&str, &str)] = &[
    ("cache-control", "no-store"),
    (
        "content-security-policy",
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; \
         form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'",
    ),
    ("cross-origin-opener-policy", "same-origin"),
    ("cross-origin-resource-policy", "same-origin"),
    ("referrer-policy", "no-referrer"),
    ("x-content-type-options", "nosniff"),
    ("x-frame-options", "DENY"),
];
