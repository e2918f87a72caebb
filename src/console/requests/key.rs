//! The key: opened with its passphrase.

use serde::Deserialize;
use serde_json::json;
use zeroize::Zeroizing;

use super::{Answer, Refused};
use crate::console::worker::{Desk, End};
use crate::keys::{KeyFile, PassphraseError};
use crate::old::error::Error;
use crate::session::PASSPHRASE_TRIES as TRIES;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Unlocking {
    passphrase: Zeroizing<String>,
}

/// Opens the key for as long as the console is open. After three wrong passphrases it closes, as a command ends.
pub fn unlock(desk: &mut Desk, asked: Unlocking) -> Answer {
    let cx = &desk.cx;
    let (source, text) = cx.key_file()?;
    let file = KeyFile::parse(&text).map_err(|error| Error::Identity { source: source.clone(), error })?;
    let keys = match file {
        KeyFile::Open(keys) => keys,
        KeyFile::Locked(locked) => match locked.open(&asked.passphrase) {
            Ok(keys) => keys,
            Err(PassphraseError::Damaged) => return Err(Error::KeyDamaged { source }.into()),
            Err(PassphraseError::Wrong) => {
                desk.wrong += 1;
                if desk.wrong < TRIES {
                    return Err(Refused::Passphrase { left: TRIES - desk.wrong });
                }
                desk.end = Some(End::Failed(Error::PassphraseWrong { source: source.clone(), tries: TRIES }));
                return Err(Error::PassphraseWrong { source, tries: TRIES }.into());
            }
        },
    };
    desk.wrong = 0;
    let _ = cx.identities.set(keys);
    Ok(json!({"said": format!("unlocked {source} until the console is closed")}))
}
