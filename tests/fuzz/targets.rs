//! The fuzz targets: what must hold for every input, as one plain function per parser.
//!
//! Two programs call them. `tests/fuzz/run` feeds them inputs that libFuzzer makes up, and `cargo test` replays the
//! committed corpora (`tests/etui/fuzz_corpora.rs`). A target panics if its property does not hold.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read as _;

use bech32::{Bech32, Hrp};
use etui::formats::parse::{self, Assignments, ExportError, SpecError, SyntaxError};
use etui::formats::{Format, Options, Variable, assignment};
use etui::guard::{Redactor, Replacements, is_short};
use etui::keys::{self, AgeIdentity, Card, Identity, STANZAS_LIMIT};
use etui::session::token::{self, Demand};
use etui::store::LinkFile;
use etui::vault::text::{self, Selection, SignedBody, SignedReader, Text, trailer};
use etui::vault::{SectionId, Vault};

type Target = fn(&[u8]);

/// Every target with the name of its corpus.
pub const ALL: &[(&str, Target)] = &[
    ("vault", vault),
    ("sealed", sealed),
    ("dotenv", dotenv),
    ("spec", spec),
    ("card", card),
    ("token", token),
    ("link", link),
    ("redactor", redactor),
];

/// The key of the demo vault, to which the corpus of `sealed` is encrypted.
const KEY: &[u8] = include_bytes!("../../fixtures/demo/identity.txt");

/// The text of a vault: printing what was parsed and parsing it again changes nothing, and each section alone reads
/// like the same section of the whole.
pub fn vault(data: &[u8]) {
    let body = signed_body(data).unwrap_or_else(|| data.to_vec());
    let Ok(body) = String::from_utf8(body) else { return };

    let parsed = Text::new(body);
    let Ok(head) = parsed.head() else { return };
    let Ok(vault) = parsed.whole(&head) else { return };

    let closed = vault.sections.closed().map(|(id, closed)| (id.clone(), closed.vault.clone()));
    assert_eq!(head.closed, closed.collect(), "what an opening sees is what is there");
    let printed = text::print(&vault);
    let again = whole(printed.clone());
    assert_eq!(again, vault, "{printed}");
    assert_eq!(text::print(&again), printed);
    check_views(&parsed, &vault);
    check_views(&Text::new(printed), &vault);
}

/// What stands before the trailer, which must not depend on how the bytes arrive.
fn signed_body(data: &[u8]) -> Option<Vec<u8>> {
    let read = |size: usize, keeps_history: bool| {
        let mut reader = SignedReader::new(data.len(), keeps_history);
        let mut signed = Vec::new();
        let mut pieces = data.chunks(size);
        while let Some(piece) = pieces.next().filter(|_| reader.needs_more()) {
            reader.take(piece, &mut |_, bytes| signed.extend_from_slice(bytes));
        }
        if !reader.needs_more() {
            reader.skip_to(data[data.len().saturating_sub(trailer::LENGTH)..].to_vec());
        }
        let SignedBody { body, .. } = reader.finish()?;
        assert!(data.starts_with(&body) && signed.starts_with(&body));
        Some(body)
    };

    let whole = read(data.len().max(1), true);
    assert_eq!(read(7, true), whole);
    assert_eq!(read(7, false), read(data.len().max(1), false));
    whole
}

fn whole(body: String) -> Vault {
    let text = Text::new(body);
    let head = text.head().expect("a printed head parses");
    text.whole(&head).expect("a printed vault parses")
}

fn check_views(text: &Text, vault: &Vault) {
    let ids: Vec<SectionId> = vault.sections.iter().map(|(id, _)| id.clone()).collect();
    for id in &ids {
        let only = std::slice::from_ref(id);
        let view = text.view(&vault.head, Selection::History(only)).expect("a section of a whole vault parses");
        assert_eq!(view.sections.get(id), vault.sections.get(id));
        for (name, record) in vault.sections.get(id).into_iter().flat_map(|section| section.secrets.iter()) {
            let view = text.view(&vault.head, Selection::Name(only, name)).expect("a secret of a whole vault parses");
            assert_eq!(view.sections.get(id).and_then(|section| section.secrets.get(name)), Some(record));
        }
    }

    let view = text.view(&vault.head, Selection::All).expect("all sections of a whole vault parse");
    let in_view: Vec<SectionId> = view.sections.iter().map(|(id, _)| id.clone()).collect();
    assert_eq!(in_view, ids);
}

/// dotenv text: the lines are right, and what is printed from the entries reads back as the same entries.
pub fn dotenv(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let parsed = parse::dotenv(text);
    check_lines(text, &parsed);

    let mut printed = String::new();
    for (name, value) in pairs(&parsed) {
        assignment(&Variable { name, text: value.into() }, &mut printed);
    }
    let again = parse::dotenv(&printed);
    assert_eq!(pairs(&again), pairs(&parsed), "{printed:?}");
}

/// A spec and the other structured inputs: names fit an environment, errors name a line that exists, and YAML and JSON
/// read back what etui prints of them.
pub fn spec(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    for job in [None, Some("build"), Some("web")] {
        match parse::spec(text, job) {
            Ok(parsed) => {
                check_lines(text, &parsed);
                assert!(pairs(&parsed).iter().all(|(name, _)| !name.is_empty() && !name.contains(['=', '\0'])));
                check_round_trip(&parsed);
            }
            Err(SpecError::Wrong(error)) => check_error(text, &error),
            Err(_) => {}
        }
    }

    match parse::export(text) {
        Ok(parsed) => parsed.iter().for_each(|parsed| check_lines(text, parsed)),
        Err(ExportError::Wrong(error)) => check_error(text, &error),
        Err(ExportError::Foreign(_)) => {}
    }
    for result in [parse::yaml(text), parse::json(text)] {
        match result {
            Ok(parsed) => check_lines(text, &parsed),
            Err(error) => check_error(text, &error),
        }
    }
}

fn check_round_trip(parsed: &Assignments) {
    let pairs = pairs(parsed);
    let variables: Vec<Variable<'_>> =
        pairs.iter().map(|(name, value)| Variable { name, text: (*value).into() }).collect();
    let print = |format: Format| {
        let options = Options { reader: None, name: "", random: &mut String::new };
        format.print(&variables, options).expect("the format holds every text").text
    };

    let yaml = print(Format::Yaml);
    assert_eq!(self::pairs(&parse::yaml(&yaml).expect("printed YAML parses")), pairs, "{:?}", &*yaml);
    let json = print(Format::Json);
    assert_eq!(self::pairs(&parse::json(&json).expect("printed JSON parses")), pairs, "{:?}", &*json);
}

/// The entries that hold a value, in their order.
fn pairs(parsed: &Assignments) -> Vec<(&str, &str)> {
    let mut pairs = Vec::new();
    for entry in &parsed.entries {
        if let Ok(value) = &entry.value {
            pairs.push((entry.name.as_str(), value.as_str()));
        }
    }
    pairs
}

fn check_lines(text: &str, parsed: &Assignments) {
    let count = text.matches(['\n', '\r']).count() + 1;
    let lines: Vec<usize> = parsed.entries.iter().map(|entry| entry.line).collect();
    assert!(lines.is_sorted(), "{lines:?}");
    let notes = parsed.notes.iter().map(|note| note.line);
    assert!(lines.iter().copied().chain(notes).all(|line| (1..=count).contains(&line)));

    let names: BTreeSet<&str> = parsed.entries.iter().map(|entry| entry.name.as_str()).collect();
    assert_eq!(names.len(), parsed.entries.len(), "each name once");
}

fn check_error(text: &str, error: &SyntaxError) {
    let count = text.matches(['\n', '\r']).count() + 1;
    assert!(error.line.is_none_or(|line| (1..=count).contains(&line)), "{error:?}");
}

/// A card: what parses prints and parses as the same card, from the text itself and from bytes behind a valid checksum,
/// which libFuzzer would never guess.
pub fn card(data: &[u8]) {
    let encoded = bech32::encode::<Bech32>(Hrp::parse_unchecked("etui"), data).ok();
    let typed = std::str::from_utf8(data).ok().map(str::to_owned);
    for text in typed.into_iter().chain(encoded) {
        if let Ok(card) = Card::parse(&text) {
            assert_eq!(Card::parse(&card.to_string()), Ok(card), "{text}");
        }
    }
}

/// A token: it prints back to the same token.
pub fn token(data: &[u8]) {
    let encoded = bech32::encode::<Bech32>(Hrp::parse_unchecked("etui-trust"), data).ok();
    let typed = std::str::from_utf8(data).ok().map(str::to_owned);
    for text in typed.into_iter().chain(encoded) {
        if let Ok(demand @ Demand::Token(_)) = Demand::parse(&text) {
            let printed = token::print(demand.token().expect("a token"));
            assert_eq!(Demand::parse(&printed).ok(), Some(demand), "{text}");
        }
    }
}

/// An age file: what opens holds the same text for the age library alone, and its header is within the limits.
pub fn sealed(data: &[u8]) {
    let identities = Identity::parse_all(KEY).expect("the demo key");
    let mut text = Vec::new();
    let Ok(opened) = keys::open(data, &identities, |piece| text.extend_from_slice(piece)) else { return };
    assert!(opened.stanzas <= STANZAS_LIMIT);

    let decryptor = age::Decryptor::new(data).expect("an age file");
    let mut reader = decryptor.decrypt(identities.iter().map(AgeIdentity::as_age)).expect("a key that fits");
    let mut expected = Vec::new();
    reader.read_to_end(&mut expected).expect("an undamaged file");
    assert_eq!(text, expected);
}

/// A link: it reads back as written, its digest says so, and the vault that it names lies below it.
pub fn link(data: &[u8]) {
    let directory = tempfile::tempdir().expect("a temporary directory");
    fs::write(directory.path().join(".etui.toml"), data).expect("a link can be written");
    let Ok(found) = LinkFile::find(directory.path()) else { return };
    let found = found.expect("a link that was just written");

    if let (Some(_), Ok(Some(vault))) = (&found.link.vault, found.vault()) {
        let is_plain = |part| matches!(part, std::path::Component::Normal(_));
        let below = vault.strip_prefix(directory.path()).expect("the vault lies below the link");
        assert!(below.components().all(is_plain), "{}", vault.display());
    }

    let written = LinkFile::write(directory.path(), &found.link).expect("a link that parses can be written");
    assert_eq!(written.link, found.link);
    assert_eq!(LinkFile::find(directory.path()).expect("a written link parses"), Some(written));
}

/// The redactor: no value of eight characters gets through, and the pieces in which the text arrives change nothing.
///
/// The input is fields separated by NUL: the sizes of the pieces, one a byte, then the values, then the text. In the text
/// a byte from 1 to 8 stands for the value of that number, so that values meet without being guessed.
pub fn redactor(data: &[u8]) {
    let mut fields: Vec<&[u8]> = data.split(|byte| *byte == 0).take(11).collect();
    let Some(template) = fields.pop() else { return };
    let (sizes, values) = fields.split_first().map_or((&[][..], &[][..]), |(sizes, values)| (*sizes, values));
    let replacements = Replacements::new(values.iter().copied().enumerate());
    let text: Vec<u8> = template.iter().flat_map(|byte| expand(byte, values)).copied().collect();

    let whole = redact(&replacements, &text, &[]);
    assert_eq!(redact(&replacements, &text, sizes), whole);
    assert_eq!(redact(&replacements, &text, &[1]), whole);

    let (short, long): (Vec<&[u8]>, Vec<&[u8]>) = values.iter().partition(|value| is_short(without_newlines(value)));
    assert_eq!(replacements.skipped, short.len());

    // A mark holds brackets, so a value that has one may come into being beside a mark.
    for value in long.into_iter().filter(|value| !value.contains(&b'[') && !value.contains(&b']')) {
        let is_shown = whole.windows(value.len()).any(|window| window == value);
        assert!(!is_shown, "{:?} in {:?}", String::from_utf8_lossy(value), String::from_utf8_lossy(&whole));
    }
}

/// The part of a value that is looked for: a newline at its end is not.
fn without_newlines(value: &[u8]) -> &[u8] {
    let end = value.iter().rposition(|byte| !matches!(byte, b'\n' | b'\r'));
    &value[..end.map_or(0, |end| end + 1)]
}

fn expand<'v>(byte: &'v u8, values: &[&'v [u8]]) -> &'v [u8] {
    match values.get(usize::from(*byte).wrapping_sub(1)) {
        Some(value) => value,
        None => std::slice::from_ref(byte),
    }
}

/// Redacts a text that arrives in pieces of these sizes, over and over.
fn redact(replacements: &Replacements, text: &[u8], sizes: &[u8]) -> Vec<u8> {
    let (mut shown, mut rest) = (Vec::new(), text);
    let mut redactor = Redactor::new(replacements);
    for size in sizes.iter().cycle().map(|size| usize::from(*size).max(1)) {
        if rest.is_empty() {
            break;
        }
        let (piece, later) = rest.split_at(size.min(rest.len()));
        redactor.push(piece, &mut shown);
        rest = later;
    }
    redactor.push(rest, &mut shown);
    redactor.finish(&mut shown);
    shown
}
