//! The console: a page for the browser of this machine.
//!
//! The server runs on a thread of its own and knows no vault. The work of a request is done on the main thread, one
//! after the other, by the same operations as the commands: keys and values stay there.

mod admission;
mod browser;
mod page;
mod requests;
mod server;
mod worker;

use std::time::Duration;

use clap::Args;
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::ops::key::parse_open_time;
use crate::report::{Error, Kind, plain_io};
use crate::session::{Scope, Session};
use crate::ui::Ui;
use crate::vault::Age;
use crate::vault::text::Selection;
use worker::{Desk, End};

const EXAMPLES: &str = "Examples:
  etui ui
  etui ui --no-open --timeout 1h";

#[derive(Debug, Args)]
#[command(after_help = EXAMPLES)]
pub struct Console {
    /// Listen on this port [default: any that is free]
    #[arg(long, value_name = "PORT", default_value_t = 0, hide_default_value = true)]
    port: u16,
    /// Print the address instead of opening a browser
    #[arg(long)]
    no_open: bool,
    /// Close the console when nobody has used it for this long: 15m, 1h
    #[arg(long, value_name = "TIME", default_value = "15m", value_parser = parse_open_time)]
    timeout: Age,
}

impl Console {
    pub fn run(self, ui: &Ui, session: &Session) -> Result<(), Error> {
        // Report what is wrong here, where it was typed. A link may be asked about, a passphrase not.
        let location = session.location()?;
        if let Some(missing) = session.missing_vault() {
            return Err(missing);
        }
        let context = session.context(&Scope::default())?;
        if !session.is_locked() {
            session.view(Selection::Current(&[]))?;
        }

        let failed = |error| {
            let message = format!("cannot listen on 127.0.0.1:{}: {}", self.port, plain_io(&error));
            Error::new(Kind::Failed, "io", message)
        };
        let (worker, jobs) = worker::pair();
        let mut signals = Signals::new([SIGHUP, SIGINT, SIGTERM]).map_err(failed)?;
        let server = server::start(self.port, location.file.path().to_owned(), worker.clone()).map_err(failed)?;
        let (stop, ends) = (signals.handle(), worker);
        let listener = std::thread::spawn(move || signals.forever().take(1).for_each(|_| ends.end(End::Asked)));
        ui.say(format!("the console of this vault is open; Ctrl-C closes it, or {} without use", self.timeout));
        // Beside the work: the page asks at once, and a browser may take its time to start.
        let (terminal, address, opens) = (ui.clone(), server.address().to_owned(), !self.no_open);
        let opener = std::thread::spawn(move || {
            if !opens || !browser::open(&address) {
                terminal.say(format!("open it here, once: {address}"));
            }
        });

        let end = Desk::new(session, context).work(&jobs, Duration::from_secs(self.timeout.seconds()));
        server.stop();
        stop.close();
        let _ = (listener.join(), opener.join());
        match end {
            End::Asked => Ok(()),
            End::Unused => {
                ui.say(format!("nobody used the console for {}, so it is closed", self.timeout));
                Ok(())
            }
            End::Failed(error) => Err(error),
        }
    }
}
