//! `unlock`, `lock`, and what is asked of whoever has a key behind a passphrase.

use std::fs::File;

use clap::Args;
use sha2::{Digest as _, Sha256};
use zeroize::Zeroizing;

use crate::keys::{Key, KeyFile, LockedKey, PassphraseError, keyring};
use crate::old::context::{Cx, variable};
use crate::old::error::Error;

/// How often a passphrase may be wrong.
pub const TRIES: usize = 3;

#[derive(Debug, Args)]
pub struct Unlock {
    /// For how long: 8h, 30m, 90s, 2d
    #[arg(long = "for", value_name = "TIME", default_value = "8h", value_parser = seconds)]
    time: usize,
}

#[derive(Debug, Args)]
pub struct Lock {}

/// A time as a person says it, in seconds: 15m.
pub fn seconds(typed: &str) -> Result<usize, String> {
    let unit = |unit: char| match unit {
        's' => Some(1),
        'm' => Some(60),
        'h' => Some(3600),
        'd' => Some(86400),
        _ => None,
    };
    let parse = || {
        let last = typed.chars().last()?;
        let number: usize = typed[..typed.len() - last.len_utf8()].parse().ok()?;
        number.checked_mul(unit(last)?).filter(|seconds| (1..=30 * 86400).contains(seconds))
    };
    parse().ok_or_else(|| "a time up to 30d, as 8h or 30m".to_owned())
}

impl Unlock {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let (source, text) = cx.key_file()?;
        let locked = match KeyFile::parse(&text).map_err(|error| Error::Identity { source: source.clone(), error })? {
            KeyFile::Open(_) => {
                cx.ui.say(&format!("{source} has no passphrase: there is nothing to unlock"));
                return Ok(());
            }
            KeyFile::Locked(locked) => locked,
        };
        let keys = cx.ask_passphrase(&source, &locked)?;
        let Some(text_open) = printed(&keys, cx) else {
            return Err(Error::NothingKept { why: "an ssh key is not kept; ssh-agent cannot decrypt either".into() });
        };
        let kept = keyring::keep(&name(&text), text_open.as_bytes(), self.time);
        kept.map_err(|error| Error::NothingKept { why: error.to_string() })?;
        cx.ui.say(&format!("unlocked {source} for {}; etui lock ends it", told(self.time)));
        Ok(())
    }
}

pub fn told(seconds: usize) -> String {
    match seconds {
        s if s % 86400 == 0 => format!("{}d", s / 86400),
        s if s % 3600 == 0 => format!("{}h", s / 3600),
        s if s % 60 == 0 => format!("{}m", s / 60),
        s => format!("{s}s"),
    }
}

/// The text of the opened file, to be kept.
pub fn printed(keys: &[Key], cx: &Cx) -> Option<Zeroizing<String>> {
    let texts: Vec<_> = keys.iter().map(|key| Some(key.signer()?.print(cx.ui.now))).collect::<Option<_>>()?;
    let mut all = Zeroizing::new(String::with_capacity(texts.iter().map(|text| text.len()).sum()));
    texts.iter().for_each(|text| all.push_str(text));
    Some(all)
}

impl Lock {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let (source, text) = cx.key_file()?;
        match forget(&text) {
            true => cx.ui.say(&format!("locked {source}")),
            false => cx.ui.say(&format!("{source} was not unlocked")),
        }
        Ok(())
    }
}

/// Forgets the keys of a locked file; whether they were kept.
pub fn forget(locked: &[u8]) -> bool {
    keyring::forget(&name(locked))
}

/// By what a locked key file is kept: another file is another name.
fn name(locked: &[u8]) -> String {
    let digest = Sha256::digest(locked);
    format!("etui:{}", digest.iter().take(16).map(|byte| format!("{byte:02x}")).collect::<String>())
}

impl Cx {
    /// The keys of a locked file, if they are kept unlocked.
    pub fn kept_keys(&self, locked: &[u8]) -> Option<Vec<Key>> {
        match KeyFile::parse(&keyring::get(&name(locked))?).ok()? {
            KeyFile::Open(keys) => Some(keys),
            KeyFile::Locked(_) => None,
        }
    }

    /// Whether a command would have to ask for the passphrase.
    pub fn is_locked(&self) -> bool {
        let locked = || {
            let (_, text) = self.key_file().ok()?;
            matches!(KeyFile::parse(&text).ok()?, KeyFile::Locked(_)).then_some(text)
        };
        variable("ETUI_KEY").is_none() && locked().is_some_and(|text| self.kept_keys(&text).is_none())
    }

    /// Asks for the passphrase of a locked file.
    pub fn ask_passphrase(&self, source: &str, locked: &LockedKey) -> Result<Vec<Key>, Error> {
        // The terminal itself: standard input may be a value's.
        if self.options.no_input || File::open("/dev/tty").is_err() {
            return Err(Error::PassphraseUnasked { source: source.to_owned() });
        }
        for _ in 0..TRIES {
            let typed = self.ui.ask_hidden(&format!("Passphrase of {source}:"))?;
            match locked.open(&typed) {
                Ok(keys) => return Ok(keys),
                Err(PassphraseError::Wrong) => self.ui.warn("that is not the passphrase"),
                Err(PassphraseError::Damaged) => return Err(Error::KeyDamaged { source: source.to_owned() }),
            }
        }
        Err(Error::PassphraseWrong { source: source.to_owned(), tries: TRIES })
    }

    /// Asks for a new passphrase, twice; none if it is left empty.
    pub fn ask_new_passphrase(&self) -> Result<Option<Zeroizing<String>>, Error> {
        loop {
            let first = self.ui.ask_hidden("Passphrase for your key (Enter for none):")?;
            if first.is_empty() {
                return Ok(None);
            }
            if *self.ui.ask_hidden("The same again:")? == *first {
                return Ok(Some(first));
            }
            self.ui.warn("the two differ");
        }
    }

    /// The key file that is meant, as it is: that of `-i`, of `ETUI_KEY_FILE`, or the usual one.
    pub fn key_file(&self) -> Result<(String, Zeroizing<Vec<u8>>), Error> {
        let path = self.key_path()?;
        let text = self.read_key(&path)?;
        Ok((path.display().to_string(), text))
    }
}
