//! `key show`: the public half of the key.

use std::path::Path;

use crate::commands::App;
use crate::keys::{Identity, Rotation};
use crate::ops::key::{self, KeyView};
use crate::report::{Error, Message};

/// Shows the key that signs, and whether it is about to replace another one.
pub fn show_own(app: &App) -> Result<(), Error> {
    let identity = key::own(&app.session)?;
    let rotation = app.session.rotation();
    let replaces = rotation.map(|rotation| rotation.old.to_string());
    show_view(app, KeyView { replaces, ..KeyView::new(identity, None) })?;
    if let Some(Rotation { old, begun, .. }) = rotation {
        let text = format!("this is the new key of a rotation that began at {begun}; the old one is {old}; to go on: ");
        app.ui.note(Message::from(text).command(app.session.about_key("key rotate")));
    }
    Ok(())
}

/// Shows a key; `file` is where it was written just now.
pub fn show(app: &App, identity: &Identity, file: Option<&Path>) -> Result<(), Error> {
    show_view(app, KeyView::new(identity, file))
}

fn show_view(app: &App, view: KeyView) -> Result<(), Error> {
    if app.ui.json {
        return app.ui.document(&view);
    }
    let KeyView { recipient, card, fingerprint, reader_fingerprint, .. } = view;
    app.ui.lines([
        format!("recipient                    {recipient}"),
        format!("card                         {card}"),
        format!("key fingerprint              {fingerprint}"),
        format!("key fingerprint as a reader  {reader_fingerprint}"),
    ])?;
    app.ui.note("the list of members shows the first if the card was added, and the second if the recipient was");
    Ok(())
}
