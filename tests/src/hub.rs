//! A hub that serves on loopback in a process of its own.

use std::time::Duration;

use serde_json::Value;

use crate::{eventually, outcome::Outcome, place::Place, process::Process, say};

/// How long a hub may take until it says where it listens.
const READY_PATIENCE: Duration = Duration::from_mins(1);

/// A serving hub. Dropped, it is asked to stop.
#[derive(Debug)]
pub struct Hub {
    pub place: Place,
    /// Where it listens. It stays the same when the hub starts again: invitations and devices know it.
    pub address: String,
    process: Option<Process>,
}

impl Hub {
    /// Serves a place that is a hub already, on any free port.
    pub fn serve(place: &Place) -> Self {
        Self::serve_at(place, "127.0.0.1:0")
    }

    /// Serves a place that is a hub already at an address.
    pub fn serve_at(place: &Place, address: &str) -> Self {
        let mut hub = Self { place: place.clone(), address: address.to_owned(), process: None };
        hub.start();
        hub
    }

    /// Serves again, where it served before.
    pub fn start(&mut self) {
        assert!(self.process.is_none(), "the hub serves already");
        // The port was free a moment ago and is again, once its last owner is gone altogether.
        let (process, said) = eventually("the hub starts", READY_PATIENCE, || {
            let mut process = self.place.start(&["hub", "serve", "--listen", &self.address, "--json"]);
            let said = process.first_line(READY_PATIENCE)?;
            Ok((process, said))
        });
        let said: Value = serde_json::from_str(&said).expect("a serving hub says in JSON where it listens");
        said["address"].as_str().expect("the address is text").clone_into(&mut self.address);
        self.process = Some(process);
    }

    /// Ends it with `kill -9`.
    pub fn kill(&mut self) {
        self.process.take().expect("the hub serves").kill();
    }

    /// Asks it to stop and waits until it has.
    pub fn stop(&mut self) -> Outcome {
        self.process.take().expect("the hub serves").stop()
    }

    /// The code by which a device joins by way of this hub.
    #[track_caller]
    pub fn invite(&self, unit: &str, rights: &str) -> String {
        let arguments = ["invite", "--unit", unit, "--rights", rights, "--address", &self.address];
        let code = self.place.run(&arguments).done().out.clone();
        code.trim().to_owned()
    }
}

impl Drop for Hub {
    fn drop(&mut self) {
        if let Some(process) = self.process.take() {
            let outcome = process.end();
            // Where the test fails, what the hub had to say may be the reason.
            if std::thread::panicking() {
                say(&outcome.told());
            }
        }
    }
}
