//! The socket by which commands reach the process that serves.
//!
//! A data directory is held by one process. While a hub or a device serves, that is the serving one; any
//! other command on the same directory passes its arguments on and prints what comes back.
//!
//! ```text
//! DIR/control.sock, mode 0600
//! request  = one line of JSON, at most REQUEST_BYTES_MAX: version, arguments, directory, language
//! answer   = frames: tag (1 data, 2 remark, 3 end) ‖ length u32 big-endian ‖ bytes; the end's one byte
//!            is the exit code
//! ```

mod frame;
mod place;

use std::{
    ffi::OsString,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::Duration,
};

use anyhow::{Context as _, Result};
use clap::Parser as _;
use linli_node::Node;
use serde::{Deserialize, Serialize};
use tokio::{net::UnixListener, sync::Semaphore, task::JoinHandle};

use crate::{
    cli::Cli,
    context::Context,
    failure::{self, DONE, OURS, REFUSED, Refused},
    language::Language,
    output::Output,
};
use frame::{Sender, Tag};

/// Bytes of a request.
const REQUEST_BYTES_MAX: u64 = 1 << 20;
/// Commands that run at the same time; further ones wait.
const COMMANDS_AT_ONCE: usize = 4;
/// Waiting for a request that was begun, and for a reader who has stopped reading.
const PATIENCE: Duration = Duration::from_secs(30);
const VERSION: u32 = 1;

#[derive(Debug, Serialize, Deserialize)]
struct Request {
    version: u32,
    arguments: Vec<String>,
    directory: PathBuf,
    language: String,
}

/// The listening side.
#[derive(Debug)]
pub struct Control {
    task: JoinHandle<()>,
    path: PathBuf,
}

impl Control {
    /// Listens in the data directory of a node, which this process holds.
    pub fn start(data: &Path, node: &Node) -> Result<Self> {
        let path = place::socket(data);
        // Whoever left it there is gone: this process holds the directory's lock.
        let _ = std::fs::remove_file(&path);
        let (listener, owner) =
            place::bind(data).with_context(|| format!("cannot listen on {}", path.display()))?;
        let task = tokio::spawn(accept(listener, owner, node.clone()));
        Ok(Self { task, path })
    }

    /// Takes no more commands. Those that run are finished.
    pub fn stop(self) {
        self.task.abort();
        let _ = std::fs::remove_file(&self.path);
    }
}

async fn accept(listener: UnixListener, owner: u32, node: Node) {
    let turns = Arc::new(Semaphore::new(COMMANDS_AT_ONCE));
    loop {
        let Ok(turn) = turns.clone().acquire_owned().await else { return };
        let stream = match listener.accept().await {
            Ok((stream, _)) => stream,
            Err(error) => {
                tracing::warn!(%error, "a command could not be taken");
                tokio::time::sleep(Duration::from_secs(1)).await;
                continue;
            }
        };
        // The socket's mode says the same; this also covers the moment before the mode was set.
        if stream.peer_cred().is_ok_and(|peer| peer.uid() != owner && peer.uid() != 0) {
            tracing::warn!("a command of another user was refused");
            continue;
        }
        let node = node.clone();
        let runtime = tokio::runtime::Handle::current();
        tokio::task::spawn_blocking(move || {
            let served = stream.into_std().map_err(anyhow::Error::from).and_then(|s| serve(s, node, runtime));
            if let Err(error) = served {
                tracing::warn!(%error, "a command was not answered");
            }
            drop(turn);
        });
    }
}

fn serve(stream: UnixStream, node: Node, runtime: tokio::runtime::Handle) -> Result<()> {
    stream.set_nonblocking(false)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.set_write_timeout(Some(PATIENCE))?;
    let mut line = String::new();
    BufReader::new(&stream).take(REQUEST_BYTES_MAX).read_line(&mut line)?;
    let request: Request = serde_json::from_str(&line).context("the request cannot be read")?;
    let stream = Arc::new(Mutex::new(stream));
    let code = run(&stream, request, node, runtime);
    Sender::new(&stream, Tag::End).write_all(&[code])?;
    Ok(())
}

fn run(stream: &Arc<Mutex<UnixStream>>, request: Request, node: Node, runtime: tokio::runtime::Handle) -> u8 {
    let language = Language::from_tag(&request.language);
    let sender = |tag| Box::new(Sender::new(stream, tag));
    let mut out = Output::to(sender(Tag::Data), sender(Tag::Remark));
    if request.version != VERSION {
        let text = language.pick(
            "正在运行的 linli 版本不同；请停止它，用新版本重新启动",
            "the linli that serves here is of another version; stop it and start the new one",
        );
        out.note(&format!("{}: {text}", language.pick("错误", "error")));
        return REFUSED;
    }
    let cli = match Cli::try_parse_from(&request.arguments) {
        Ok(cli) => cli,
        Err(error) => {
            out.note(&error.to_string());
            return REFUSED;
        }
    };
    let mut context = Context::passed_on(node, cli.json, language, request.directory, out, runtime);
    let outcome = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| {
        if cli.command.needs_the_directory() {
            return Err(needs_the_directory(language).into());
        }
        cli.command.run(&mut context)
    }));
    match outcome {
        Ok(Ok(failure::Ended::Done)) => DONE,
        Ok(Ok(failure::Ended::Refused)) => REFUSED,
        Ok(Err(error)) => failure::tell(&mut context.out, language, &error),
        Err(_) => OURS,
    }
}

fn needs_the_directory(language: Language) -> Refused {
    Refused::new(language.pick("这里已有 linli 在运行", "a linli already serves here")).hint(language.pick(
        "这条命令需要独占数据目录：先停止正在运行的 `linli serve` 或 `linli hub serve`（Ctrl-C）",
        "this command needs the data directory to itself: stop `linli serve` or `linli hub serve` first (Ctrl-C)",
    ))
}

/// Passes the arguments of this process on to the one that serves in `data`, and prints its answer.
/// `None` where nobody serves there.
pub fn pass_on(
    data: &Path,
    arguments: &[OsString],
    language: Language,
    out: &mut Output,
) -> Option<Result<u8>> {
    let stream = place::connect(data).ok()?;
    Some(ask(stream, arguments, language, out))
}

fn ask(mut stream: UnixStream, arguments: &[OsString], language: Language, out: &mut Output) -> Result<u8> {
    let arguments = arguments
        .iter()
        .map(|argument| argument.to_str().map(str::to_owned))
        .collect::<Option<Vec<String>>>()
        .context("an argument is not UTF-8; give names and paths in UTF-8")?;
    let directory = std::env::current_dir().context("there is no working directory")?;
    let request = Request { version: VERSION, arguments, directory, language: language.tag().to_owned() };
    let mut line = serde_json::to_vec(&request)?;
    line.push(b'\n');
    anyhow::ensure!(
        line.len() as u64 <= REQUEST_BYTES_MAX,
        "the arguments are too long to be passed on; put them in a file"
    );
    stream.write_all(&line)?;
    while let Some((tag, bytes)) = frame::take(&mut stream)? {
        match tag {
            Tag::Data => out.bytes(&bytes)?,
            Tag::Remark => out.note(String::from_utf8_lossy(&bytes).trim_end_matches('\n')),
            Tag::End => return Ok(bytes.first().copied().unwrap_or(OURS)),
        }
    }
    anyhow::bail!("the linli that serves here ended before it had answered; start it again and repeat")
}
