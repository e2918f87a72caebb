//! `join`: what a new colleague sends to a member.

use clap::Args;

use super::init::{ask_name, identity};
use crate::keys::Card;
use crate::old::context::Cx;
use crate::old::error::Error;
use crate::vault::MemberName;

#[derive(Debug, Args)]
pub struct Join {
    /// Your name in the vault
    #[arg(long = "as", value_name = "ME")]
    me: Option<String>,
}

impl Join {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        let me = match &self.me {
            Some(typed) => {
                MemberName::parse(typed).map_err(|error| Error::Name { error, typed: Some(typed.clone()) })?
            }
            None => ask_name(cx)?,
        };
        let (identity, key) = identity(cx)?;
        let (card, fingerprint) = (Card::of(identity), identity.fingerprint());
        let line = format!("etui member add {me} {card}");
        if cx.ui.json {
            return cx.ui.document(&serde_json::json!({
                "command": line, "member": me.as_str(), "card": card.to_string(), "fingerprint": fingerprint.as_str(),
                "key": key,
            }));
        }
        cx.ui.line(&line)?;
        cx.ui.say("send this line to a member of the team; it holds no secret");
        cx.ui.say(&format!("your fingerprint, to compare aloud: {fingerprint}"));
        if let Some(key) = key {
            cx.ui.say(&format!("back up {}: there is no other copy", key.display()));
        }
        Ok(())
    }
}
