//! `ui`: the console, a page for this laptop's own browser.
//!
//! The server has a thread of its own and knows no vault. What a request asks for is done here, one after the
//! other, by the same operations as the commands: keys and values stay on this thread.

mod browser;
mod page;
mod requests;
mod server;
mod session;
mod worker;

use std::time::Duration;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::old::context::Cx;
use crate::old::error::Error;
use crate::ops::key::parse_open_time;
use crate::vault::Age;
use crate::vault::text::Selection;
use worker::{Desk, End};

#[derive(Debug, Args)]
pub struct Console {
    /// The port; any that is free if not said
    #[arg(long, value_name = "N", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Open no browser; print the address instead
    #[arg(long)]
    no_open: bool,
    /// Stop when nobody has used it for so long: 15m, 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_open_time)]
    timeout: Age,
}

impl Console {
    pub fn run(self, cx: &Cx) -> Result<(), Error> {
        // What can be wrong is told here, where it is typed; a link may be asked about, a passphrase not.
        let place = cx.place()?;
        if let Some(missing) = cx.missing_vault() {
            return Err(missing);
        }
        let context = cx.context(&Default::default())?;
        if !cx.is_locked() {
            cx.view(Selection::Current(&[]))?;
        }
        let path = || format!("127.0.0.1:{}", self.port).into();
        let failed = |error| Error::Io { doing: "listen on", path: path(), error };
        let (worker, jobs) = worker::pair();
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
        let server = server::start(self.port, place.file.path().to_owned(), worker.clone()).map_err(failed)?;
        let (stop, ends) = (signals.handle(), worker);
        let listener = std::thread::spawn(move || signals.forever().take(1).for_each(|_| ends.end(End::Asked)));
        cx.ui.say(&format!("the console of this vault is open; Ctrl-C ends it, or {} unused", self.timeout));
        // Beside the work: the page asks at once, and a browser may take its time to say that it is there.
        let (ui, address, opens) = (cx.ui.clone(), server.address().to_owned(), !self.no_open);
        let opener = std::thread::spawn(move || {
            if !opens || !browser::open(&address) {
                ui.say(&format!("open it here, once: {address}"));
            }
        });
        let end = Desk::new(cx, place, context)?.work(&jobs, Duration::from_secs(self.timeout.seconds()));
        server.stop();
        stop.close();
        let _ = (listener.join(), opener.join());
        match end {
            End::Asked => Ok(()),
            End::Unused => {
                cx.ui.say(&format!("the console was unused for {}, and is closed", self.timeout));
                Ok(())
            }
            End::Failed(error) => Err(error),
        }
    }
}
