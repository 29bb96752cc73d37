//! A started `linli`: its output while it runs, and its end, which every process that was started here has.

use std::{
    io::{BufRead as _, BufReader, Read},
    path::Path,
    process::{Child, Command, ExitStatus, Stdio},
    sync::{Arc, Mutex, PoisonError},
    thread::{JoinHandle, sleep, spawn},
    time::{Duration, Instant},
};

use crate::{binary, network::Host, outcome::Outcome};

/// How often a process is asked whether it has ended.
const POLL: Duration = Duration::from_millis(5);
/// How long a process may take to stop when it is asked to.
const STOP_PATIENCE: Duration = Duration::from_secs(20);

/// A running `linli`. Dropped while it runs, it is killed.
#[derive(Debug)]
pub struct Process {
    line: String,
    child: Child,
    out: Stream,
    err: Stream,
}

/// Starts `linli` in a working directory, with nothing of the developer's own settings, on a host if one is
/// given.
pub fn start(directory: &Path, data: Option<&Path>, arguments: &[&str], host: Option<&Host>) -> Process {
    let mut command = match host {
        None => Command::new(binary::path()),
        Some(host) => {
            // It becomes the program that it runs, so a signal to it is one to that.
            let mut command = Command::new("ip");
            command.args(["netns", "exec", &host.namespace]).arg(binary::path());
            command
        }
    };
    command.args(arguments).current_dir(directory).env("LANG", "C.UTF-8").env("HOME", directory);
    for name in ["LC_ALL", "LC_MESSAGES", "LINLI_DATA", "RUST_LOG"] {
        command.env_remove(name);
    }
    if let Some(data) = data {
        command.env("LINLI_DATA", data);
    }
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("the binary was built and can be run");
    let out = Stream::of(child.stdout.take().expect("standard output is piped"));
    let err = Stream::of(child.stderr.take().expect("standard error is piped"));
    Process { line: format!("linli {}", arguments.join(" ")), child, out, err }
}

impl Process {
    /// The first line on standard output, which a serving process prints once it can be reached.
    pub fn first_line(&mut self, patience: Duration) -> Result<String, String> {
        let begun = Instant::now();
        loop {
            if let Some(line) = self.out.text().split_inclusive('\n').next().filter(|l| l.ends_with('\n')) {
                return Ok(line.to_owned());
            }
            let ended = self.child.try_wait().expect("a child can be asked how it is");
            if ended.is_some() || begun.elapsed() > patience {
                return Err(format!("{}: said nothing ({ended:?}): {}", self.line, self.err.text()));
            }
            sleep(POLL);
        }
    }

    /// Waits for the end; panics, after killing it, where it does not come.
    pub fn finish(mut self, patience: Duration) -> Outcome {
        match self.wait(patience) {
            Some(status) => self.outcome(status),
            None => panic!(
                "{} did not end within {patience:?}\n{}{}",
                self.line,
                self.out.text(),
                self.err.text()
            ),
        }
    }

    /// Ends it at once, as `kill -9` does.
    pub fn kill(mut self) -> Outcome {
        let _ = self.child.kill();
        let status = self.child.wait().expect("a killed child ends");
        self.outcome(status)
    }

    /// Asks it to stop, as a service manager does, and waits until it has.
    pub fn stop(self) -> Outcome {
        assert!(self.terminate(), "{} could not be asked to stop", self.line);
        self.finish(STOP_PATIENCE)
    }

    /// Ends it one way or the other, without a panic: for those who clean up after one.
    pub fn end(mut self) -> Outcome {
        if self.terminate()
            && let Some(status) = self.wait(STOP_PATIENCE)
        {
            return self.outcome(status);
        }
        self.kill()
    }

    pub fn is_running(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }

    /// Sends SIGTERM to this child and to nobody else.
    fn terminate(&self) -> bool {
        // The standard library can only kill; every system has a `kill` that asks.
        let mut ask = Command::new("sh");
        ask.args(["-c", "kill -TERM \"$1\"", "sh", &self.child.id().to_string()]);
        ask.status().is_ok_and(|status| status.success())
    }

    fn wait(&mut self, patience: Duration) -> Option<ExitStatus> {
        let begun = Instant::now();
        while begun.elapsed() < patience {
            if let Some(status) = self.child.try_wait().expect("a child can be asked how it is") {
                return Some(status);
            }
            sleep(POLL);
        }
        None
    }

    fn outcome(&mut self, status: ExitStatus) -> Outcome {
        Outcome { line: self.line.clone(), status: status.code(), out: self.out.end(), err: self.err.end() }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if self.is_running() {
            let _ = self.child.kill();
            let _ = self.child.wait();
        }
    }
}

/// What came out of a stream so far, read as it comes so that nobody waits for a full pipe.
#[derive(Debug)]
struct Stream {
    text: Arc<Mutex<String>>,
    reader: Option<JoinHandle<()>>,
}

impl Stream {
    fn of(pipe: impl Read + Send + 'static) -> Self {
        let text = Arc::new(Mutex::new(String::new()));
        let shared = text.clone();
        let reader = spawn(move || {
            let mut pipe = BufReader::new(pipe);
            let mut line = Vec::new();
            while pipe.read_until(b'\n', &mut line).is_ok_and(|read| read > 0) {
                shared
                    .lock()
                    .unwrap_or_else(PoisonError::into_inner)
                    .push_str(&String::from_utf8_lossy(&line));
                line.clear();
            }
        });
        Self { text, reader: Some(reader) }
    }

    fn text(&self) -> String {
        self.text.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Everything, once the process has ended.
    fn end(&mut self) -> String {
        if let Some(reader) = self.reader.take() {
            reader.join().expect("the reader of a pipe does not panic");
        }
        self.text()
    }
}
