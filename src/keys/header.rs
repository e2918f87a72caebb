//! The header of an age file (C2SP age v1), read whole and within limits before the age crate parses it.
//!
//! The crate parses a header again from its start at each line that it reads: 10,000 stanzas take it 50 s, and one
//! stanza of 1 MB takes 20 s. It also knows no limits. So the header is read here, in one pass, and handed over at
//! once. What the stanzas say is left to the crate.

use std::io::{self, BufRead, Chain, Cursor, Read, Seek, SeekFrom};

/// The most bytes of a header, from its first line to its MAC.
pub const HEADER_LIMIT: usize = 1 << 20;

/// The most stanzas of a header, which is also the most members of a vault.
pub const STANZAS_LIMIT: usize = 4096;

/// The most bytes of a stanza, its line ends included.
pub const STANZA_LIMIT: usize = 16 << 10;

const FIRST_LINE: &[u8] = b"age-encryption.org/v1\n";

/// The length of the last line without its end: `--- `, and 32 bytes in base64.
const MAC_LINE: usize = 4 + 43;

/// The columns of a body. A shorter line, perhaps an empty one, ends it.
const COLUMNS: usize = 64;

/// An age file whose header was read: the header, then the rest of the file.
pub(super) struct AgeFile<R> {
    bytes: Chain<Cursor<Vec<u8>>, R>,
    /// The length of the header, in bytes.
    pub length: usize,
    /// How many stanzas the header has. Those that only keep parsers tolerant (`*-grease`) do not count.
    pub stanzas: usize,
}

/// Why a header was not read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum HeaderError {
    /// It is not the header of an age file.
    Malformed,
    /// The file ends within it, or cannot be read.
    Cut,
    /// It is beyond a limit.
    TooLarge,
}

impl From<io::Error> for HeaderError {
    fn from(_: io::Error) -> HeaderError {
        HeaderError::Cut
    }
}

/// What the next line may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Expected {
    Stanza,
    Body,
    StanzaOrMac,
}

impl<R: BufRead> AgeFile<R> {
    /// Reads the header, and nothing behind it.
    pub fn read(mut source: R) -> Result<AgeFile<R>, HeaderError> {
        let mut header = Vec::with_capacity(1024);
        source.by_ref().take(FIRST_LINE.len() as u64).read_to_end(&mut header)?;
        if header != FIRST_LINE {
            return Err(if FIRST_LINE.starts_with(&header) { HeaderError::Cut } else { HeaderError::Malformed });
        }

        let (mut stanzas, mut stanza_start, mut expected) = (0, 0, Expected::Stanza);
        loop {
            let start = header.len();
            source.by_ref().take(STANZA_LIMIT as u64 + 1).read_until(b'\n', &mut header)?;
            let line = &header[start..];
            if line.len() > STANZA_LIMIT || header.len() > HEADER_LIMIT {
                return Err(HeaderError::TooLarge);
            }
            let line = line.strip_suffix(b"\n").ok_or(HeaderError::Cut)?;

            expected = match line.strip_prefix(b"-> ") {
                Some(arguments) if expected != Expected::Body => {
                    stanzas += usize::from(!is_grease(arguments));
                    stanza_start = start;
                    Expected::Body
                }
                None if expected == Expected::Body && is_body(line) => match line.len() {
                    COLUMNS => Expected::Body,
                    _ => Expected::StanzaOrMac,
                },
                None if expected == Expected::StanzaOrMac && is_mac(line) => break,
                _ => return Err(HeaderError::Malformed),
            };
            if header.len() - stanza_start > STANZA_LIMIT || stanzas > STANZAS_LIMIT {
                return Err(HeaderError::TooLarge);
            }
        }
        let length = header.len();
        Ok(AgeFile { bytes: Cursor::new(header).chain(source), length, stanzas })
    }

    /// Whether a passphrase opens the file. No other stanza may then stand beside the one that says so.
    pub fn is_behind_passphrase(&self) -> bool {
        self.bytes.get_ref().0.get_ref()[FIRST_LINE.len()..].starts_with(b"-> scrypt ")
    }
}

fn is_grease(arguments: &[u8]) -> bool {
    arguments.split(|byte| *byte == b' ').next().is_some_and(|kind| kind.ends_with(b"-grease"))
}

fn is_body(line: &[u8]) -> bool {
    line.len() <= COLUMNS && line.iter().all(|byte| byte.is_ascii_alphanumeric() || b"+/".contains(byte))
}

fn is_mac(line: &[u8]) -> bool {
    line.len() == MAC_LINE && line.starts_with(b"--- ")
}

impl<R: BufRead> Read for AgeFile<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.bytes.read(buffer)
    }
}

impl<R: BufRead> BufRead for AgeFile<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.bytes.fill_buf()
    }

    fn consume(&mut self, amount: usize) {
        self.bytes.consume(amount);
    }

    /// Returns the whole header instead of one line. The age crate calls this only to read a header, and parses again
    /// what it has after each call.
    fn read_until(&mut self, _: u8, header: &mut Vec<u8>) -> io::Result<usize> {
        self.bytes.get_mut().0.read_to_end(header)
    }
}

/// Seeks in the rest of the file. The header was read before, so positions are those of the file.
impl<R: BufRead + Seek> Seek for AgeFile<R> {
    fn seek(&mut self, position: SeekFrom) -> io::Result<u64> {
        self.bytes.get_mut().1.seek(position)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MAC: &str = "--- AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";
    const FULL: &str = "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA\n";

    /// A header with this text between its first line and its MAC.
    fn header(text: &str) -> String {
        format!("age-encryption.org/v1\n{text}{MAC}")
    }

    fn stanzas(file: &str) -> Result<usize, HeaderError> {
        AgeFile::read(file.as_bytes()).map(|file| file.stanzas)
    }

    #[test]
    fn counts_the_stanzas_but_not_those_of_grease() {
        for (text, count) in [
            ("-> X25519 a\nAAAA\n", 1),
            ("-> X25519 a\nAAAA\n-> ssh-ed25519 a b\nAAAA\n-> new\n\n", 3),
            ("-> X25519 a\nAAAA\n-> %x-grease a b\nAAAA\n", 1),
            ("-> -grease\n\n", 0),
            ("-> X-greases\n\n-> grease -grease\n\n", 2),
            (&format!("-> long\n{FULL}{FULL}\n-> X25519 a\n{FULL}AA\n"), 2),
        ] {
            assert_eq!(stanzas(&header(text)), Ok(count), "{text}");
            assert_eq!(stanzas(&format!("{}--- \n\0", header(text))), Ok(count), "more follows: {text}");
        }
    }

    #[test]
    fn hands_over_the_header_at_once_and_then_the_rest() {
        let header = header("-> X25519 a\nAAAA\n-> b\n\n");
        let mut file = AgeFile::read(header.as_bytes().chain(&b"rest\n"[..])).unwrap();
        let (mut read, mut rest) = (Vec::new(), Vec::new());
        assert_eq!(file.read_until(b'\n', &mut read).unwrap(), header.len());
        assert_eq!(file.read_until(b'\n', &mut read).unwrap(), 0, "a parser that asks for more gets nothing");
        file.read_to_end(&mut rest).unwrap();
        assert_eq!((read, rest), (header.into_bytes(), b"rest\n".to_vec()));
    }

    #[test]
    fn refuses_another_form_and_a_header_that_ends_too_early() {
        let good = header(&format!("-> X25519 a\n{FULL}AAAA\n"));
        for at in 0..good.len() {
            assert_eq!(stanzas(&good[..at]), Err(HeaderError::Cut), "{at}");
        }
        for (what, text) in [
            ("no stanza", ""),
            ("a body first", "AAAA\n"),
            ("no body", "-> a\n"),
            ("no body, and a stanza", "-> a\n-> b\n\n"),
            ("no short line", &format!("-> a\n{FULL}")),
            ("two short lines", "-> a\nAAAA\nAAAA\n"),
            ("a long line", &format!("-> a\nA{FULL}")),
            ("padding", "-> a\nAA==\n"),
            ("a carriage return", "-> a\nAAAA\r\n"),
            ("no space", "->a\nAAAA\n"),
            ("a MAC that is too short", "-> a\nAAAA\n--- AAAA\n"),
            ("a MAC that is too long", &format!("-> a\nAAAA\n{}A\n", MAC.trim_end())),
            ("a MAC without its space", &format!("-> a\nAAAA\n{}", MAC.replace(' ', "-"))),
            ("conflict markers", "<<<<<<< ours\n"),
        ] {
            assert_eq!(stanzas(&header(text)), Err(HeaderError::Malformed), "{what}");
        }
        for first in ["age-encryption.org/v2\n", "age-encryption.org/v10\n", "age-encryption.org/v1\r\n", "\n", "A=1"] {
            assert_eq!(stanzas(&good.replacen("age-encryption.org/v1\n", first, 1)), Err(HeaderError::Malformed));
        }
    }

    #[test]
    fn refuses_what_is_beyond_a_limit_and_nothing_less() {
        // Stanzas of so many bytes: of a line alone, and of a body.
        let line = |bytes: usize| format!("-> {}\n\n", "a".repeat(bytes - 5));
        let body = |bytes: usize| {
            let lines = (bytes - 10) / FULL.len();
            format!("-> {}\n{}\n", "a".repeat(bytes - 5 - lines * FULL.len()), FULL.repeat(lines))
        };
        let many = |count: usize, stanza: &str| stanza.repeat(count);
        let total = |bytes: usize| line(STANZA_LIMIT).repeat(63) + &line(bytes - 63 * STANZA_LIMIT - header("").len());
        for (what, most, beyond) in [
            ("a line", line(STANZA_LIMIT), line(STANZA_LIMIT + 1)),
            ("a body", body(STANZA_LIMIT), body(STANZA_LIMIT + 1)),
            ("stanzas", many(STANZAS_LIMIT, "-> a\n\n"), many(STANZAS_LIMIT + 1, "-> a\n\n")),
            ("bytes", total(HEADER_LIMIT), total(HEADER_LIMIT + 1)),
            ("grease", many(5_000, "-> -grease\n\n"), many(100_000, "-> -grease\n\n")),
        ] {
            assert!(stanzas(&header(&most)).is_ok(), "{what}: {:?}", stanzas(&header(&most)));
            assert_eq!(stanzas(&header(&beyond)), Err(HeaderError::TooLarge), "{what}");
        }
        let endless = AgeFile::read(io::BufReader::new(b"age-encryption.org/v1\n".chain(io::repeat(b'A'))));
        assert_eq!(endless.err(), Some(HeaderError::TooLarge));
        let endless = AgeFile::read(io::BufReader::new(io::repeat(b'A')));
        assert_eq!(endless.err(), Some(HeaderError::Malformed));
    }
}
