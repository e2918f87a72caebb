//! What the keys of a hidden prompt, and what is pasted into it, make of a text. Pure: bytes in, a text out.
//!
//! A terminal that was asked to (`ESC [ ? 2004 h`) puts what is pasted between `ESC [ 200 ~` and `ESC [ 201 ~`. A line
//! break in there is a part of the text, where one that is typed ends it.

use zeroize::Zeroizing;

/// The end of what is pasted.
const PASTE_END: &[u8] = b"\x1b[201~";

/// No key that is known sends a longer sequence.
const SEQUENCE_LIMIT: usize = 16;

/// What a key does besides adding a character.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Key {
    /// The text is complete.
    Enter,
    /// Ctrl-C, Ctrl-\, or Ctrl-D where nothing was typed.
    Cancel,
    /// Ctrl-Z.
    Stop,
    /// Something was pasted or removed.
    Changed,
}

/// A text on its way from the keys.
#[derive(Default)]
pub struct Typing {
    text: Zeroizing<Vec<u8>>,
    state: State,
    is_lost: bool,
}

#[derive(Debug, Default, Clone, PartialEq, Eq)]
enum State {
    #[default]
    Keys,
    /// Behind ESC.
    Escape,
    /// In a sequence such as that of an arrow key, after `ESC [` or `ESC O`.
    Sequence(Vec<u8>),
    /// In what is pasted; the text before it has this length.
    Paste(usize),
}

impl Typing {
    /// Takes the next byte.
    pub fn take(&mut self, byte: u8) -> Option<Key> {
        match std::mem::take(&mut self.state) {
            State::Keys => self.take_key(byte),
            State::Escape => match byte {
                b'[' | b'O' => {
                    self.state = State::Sequence(Vec::new());
                    None
                }
                // Escape was pressed by itself.
                _ if byte.is_ascii_control() => self.take_key(byte),
                // A character with Alt.
                _ => {
                    self.is_lost = true;
                    None
                }
            },
            State::Sequence(sequence) => self.take_sequence(sequence, byte),
            State::Paste(start) => self.take_pasted(start, byte),
        }
    }

    fn take_key(&mut self, byte: u8) -> Option<Key> {
        match byte {
            b'\r' | b'\n' => return Some(Key::Enter),
            0x03 | 0x1c => return Some(Key::Cancel),
            0x04 if self.text.is_empty() => return Some(Key::Cancel),
            // There is nothing to the right of the cursor that it could delete.
            0x04 => {}
            0x1a => return Some(Key::Stop),
            0x08 | 0x7f => {
                self.remove_last();
                return Some(Key::Changed);
            }
            0x15 => {
                self.text.clear();
                return Some(Key::Changed);
            }
            0x17 => {
                self.remove_word();
                return Some(Key::Changed);
            }
            0x1b => self.state = State::Escape,
            b'\t' => self.text.push(byte),
            _ if byte.is_ascii_control() => self.is_lost = true,
            _ => self.text.push(byte),
        }
        None
    }

    fn take_sequence(&mut self, mut sequence: Vec<u8>, byte: u8) -> Option<Key> {
        match byte {
            b'~' if sequence == b"200" => self.state = State::Paste(self.text.len()),
            // It ends here (ECMA-48, 5.4).
            0x40..=0x7e => {}
            _ if byte.is_ascii_control() || sequence.len() == SEQUENCE_LIMIT => return self.take_key(byte),
            _ => {
                sequence.push(byte);
                self.state = State::Sequence(sequence);
            }
        }
        None
    }

    fn take_pasted(&mut self, start: usize, byte: u8) -> Option<Key> {
        // If the end of the paste is lost, this is still a way out.
        if byte == 0x03 {
            return Some(Key::Cancel);
        }
        self.text.push(byte);
        if !self.text[start..].ends_with(PASTE_END) {
            self.state = State::Paste(start);
            return None;
        }
        let end = self.text.len() - PASTE_END.len();
        self.text.truncate(end);
        self.unify_line_breaks(start);
        Some(Key::Changed)
    }

    /// Terminals send a carriage return for each line break, and some send both.
    fn unify_line_breaks(&mut self, start: usize) {
        let mut kept = start;
        for at in start..self.text.len() {
            let byte = self.text[at];
            let is_second = byte == b'\n' && at > start && self.text[at - 1] == b'\r';
            // Behind the kept bytes nothing has been written yet, so the byte before is still what was pasted.
            if !is_second {
                self.text[kept] = byte;
                kept += 1;
            }
        }
        self.text.truncate(kept);
        self.text[start..].iter_mut().filter(|byte| **byte == b'\r').for_each(|byte| *byte = b'\n');
    }

    /// Removes the last character, with all its bytes.
    fn remove_last(&mut self) -> Option<u8> {
        loop {
            let byte = self.text.pop()?;
            if byte & 0xc0 != 0x80 {
                return Some(byte);
            }
        }
    }

    /// Removes the spaces at the end, and the word before them.
    fn remove_word(&mut self) {
        let is_space = |text: &[u8]| text.last().is_some_and(u8::is_ascii_whitespace);
        while is_space(&self.text) {
            self.text.pop();
        }
        while !self.text.is_empty() && !is_space(&self.text) {
            self.text.pop();
        }
    }

    /// Returns how many lines there are, if a line break is among what was pasted.
    pub fn lines(&self) -> Option<usize> {
        let breaks = self.text.iter().filter(|byte| **byte == b'\n').count();
        let is_begun = self.text.last().is_some_and(|byte| *byte != b'\n');
        (breaks > 0).then_some(breaks + usize::from(is_begun))
    }

    /// Returns the text; none if it lacks a character that was typed. Several lines stay as they were pasted. The line
    /// break behind a single one came along with the selection.
    pub fn finish(mut self) -> Option<Zeroizing<String>> {
        if self.lines() == Some(1) {
            self.text.pop();
        }
        let text = std::str::from_utf8(&self.text).ok().filter(|_| !self.is_lost)?;
        Some(Zeroizing::new(text.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Types all this. Returns the keys that do something, and the text.
    fn typed(bytes: &[u8]) -> (Vec<Key>, Option<String>) {
        let mut typing = Typing::default();
        let keys = bytes.iter().filter_map(|byte| typing.take(*byte)).collect();
        (keys, typing.finish().map(|text| text.to_string()))
    }

    #[test]
    fn keys_edit_the_line() {
        use Key::{Cancel, Changed, Enter, Stop};
        for (bytes, keys, text) in [
            ("abc\r", &[Enter][..], Some("abc")),
            ("abc\n", &[Enter], Some("abc")),
            ("ab\x7f\x08\x08c", &[Changed, Changed, Changed], Some("c")),
            ("a🦀\x7f", &[Changed], Some("a")),
            ("漢字\x7f", &[Changed], Some("漢")),
            ("ab\x15c", &[Changed], Some("c")),
            ("ab cd  \x17e", &[Changed], Some("ab e")),
            ("ab\x17\x17", &[Changed, Changed], Some("")),
            ("\t\x1b[A\x1bOP\x1b[1;5Cx", &[], Some("\tx")),
            ("\x03", &[Cancel], Some("")),
            ("a\x1c", &[Cancel], Some("a")),
            ("\x04", &[Cancel], Some("")),
            ("a\x04b", &[], Some("ab")),
            ("a\x1ab", &[Stop], Some("ab")),
            // Escape by itself loses nothing; a character with Alt, or one that no text holds, does.
            ("a\x1b\r", &[Enter], Some("a")),
            ("a\x1bb", &[], None),
            ("a\x01", &[], None),
        ] {
            assert_eq!(typed(bytes.as_bytes()), (keys.to_vec(), text.map(str::to_owned)), "{bytes:?}");
        }
        assert_eq!(typed(b"\xff"), (vec![], None));
    }

    #[test]
    fn a_paste_keeps_its_line_breaks() {
        for (pasted, text, lines) in [
            ("token", "token", None),
            ("token\r", "token", Some(1)),
            ("a\rb\r", "a\nb\n", Some(2)),
            ("a\r\nb", "a\nb", Some(2)),
            ("\n\r\n\r\r", "\n\n\n\n", Some(4)),
            ("a\tb\x1b[31m\x04\x15", "a\tb\x1b[31m\x04\x15", None),
            ("", "", None),
        ] {
            let bytes = format!("\x1b[200~{pasted}\x1b[201~");
            let mut typing = Typing::default();
            let keys: Vec<Key> = bytes.bytes().filter_map(|byte| typing.take(byte)).collect();
            assert_eq!((keys, typing.lines()), (vec![Key::Changed], lines), "{pasted:?}");
            assert_eq!(typing.finish().unwrap().as_str(), text, "{pasted:?}");
        }
        let (keys, text) = typed("p\r\x1b[200~\n\x1b[201~s\r".as_bytes());
        assert_eq!((keys, text.unwrap()), (vec![Key::Enter, Key::Changed, Key::Enter], "p\ns".to_owned()));
        // The mark of an end that was not begun is a key, and Ctrl-C also leaves a paste without an end.
        assert_eq!(typed(b"a\x1b[201~b").1.unwrap(), "ab");
        assert_eq!(typed(b"\x1b[200~a\x03").0, [Key::Cancel]);
    }
}
