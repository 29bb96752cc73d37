//! Writing bundles: the most urgent first, and never more in memory than a few segments.

use std::{
    ffi::OsString,
    fs::{self, File},
    io::{self, BufWriter, Write},
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
};

use age::{stream::StreamWriter, x25519};
use linli_log::Head;
use linli_store::{PROGRAM, Replica};
use linli_sync::{Hello, Holdings as _, Message, limits::RECENT_BYTES_MAX};
use linli_wire::{
    Channel, DeviceKey, Digest, Lane, LogId, Space, TimeMs, UnitPath, frame::FRAME_HEAD_BYTES,
    limits::FRAME_BYTES_MAX,
};

use super::{
    BundleReport,
    keys::{receivers, recipient},
};
use crate::{
    error::NodeError,
    node::{Node, units_of},
};

/// The least size that a part of a split bundle may be given: the largest frame fits in beside what
/// stands around it.
pub const SPLIT_BYTES_MIN: u64 = 2 << 20;
/// Bytes of segments that are read at a time.
const READ_BYTES: usize = 4 << 20;
/// age encrypts in pieces of this size, and adds to each.
const PIECE_BYTES: u64 = 64 << 10;
const PIECE_TAG_BYTES: u64 = 16;
/// The last frame of a part: its head, and an array of a tag and a number.
const PUSHED_BYTES_MAX: u64 = FRAME_HEAD_BYTES as u64 + 11;

const _: () = assert!(SPLIT_BYTES_MIN > FRAME_BYTES_MAX as u64 + (256 << 10));

/// How a bundle is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct ExportOptions {
    /// Begins another file, `PATH.1`, `PATH.2` …, before one becomes larger than this.
    pub split_bytes: Option<u64>,
    /// Carries what the receivers have acknowledged as well.
    pub all: bool,
    /// Carries the attachments that are here whole.
    pub attachments: bool,
}

/// Writes a bundle with everything that the devices of `unit` may read and are not known to hold.
pub fn export_bundle(
    node: &Node,
    unit: &UnitPath,
    path: &Path,
    options: &ExportOptions,
) -> Result<BundleReport, NodeError> {
    if let Some(bytes) = options.split_bytes.filter(|bytes| *bytes < SPLIT_BYTES_MIN) {
        return Err(NodeError::SplitTooSmall { bytes, least: SPLIT_BYTES_MIN });
    }
    node.beat()?;
    let (devices, hello, logs) = node.with(|r| plan(r, unit, options.all, node.now()))?;
    let recipients = devices.iter().map(|(_, key)| recipient(key)).collect::<Result<Vec<_>, _>>()?;
    let mut parts = Parts {
        path,
        split_bytes: options.split_bytes,
        recipients,
        hello: Message::Hello(hello).encode().encode(),
        open: None,
        report: BundleReport::default(),
    };
    parts.begin()?;
    let mut bulk = Vec::new();
    for log in logs {
        if !push_recent(node, &log, &mut parts)? {
            bulk.push(log);
        }
    }
    for log in bulk {
        push(node, &log, Lane::Bulk, &mut parts)?;
    }
    if options.attachments {
        push_attachments(node, unit, &mut parts)?;
    }
    parts.end()?;
    Ok(parts.report)
}

/// A log that goes along, and the heads of it that all receivers have acknowledged.
struct Going {
    space: Space,
    log: LogId,
    acknowledged: Vec<Head>,
}

type Plan = (Vec<(DeviceKey, [u8; 32])>, Hello, Vec<Going>);

/// Whom the bundle is for, and the logs that they may read, trust first.
fn plan(replica: &mut Replica, unit: &UnitPath, all: bool, now: TimeMs) -> Result<Plan, NodeError> {
    replica.seal()?;
    let receivers = receivers(replica, unit);
    if receivers.is_empty() {
        return Err(NodeError::NoRecipient(unit.clone()));
    }
    let realm = replica.realm().ok_or(NodeError::NoRealm)?;
    let mine = units_of(replica, replica.identity().device());
    let hello = Hello::bare(realm, mine.clone(), vec![unit.clone()], PROGRAM);
    let shared = shared(replica, unit, now);
    let mut spaces: Vec<Space> = replica.space_digests()?.into_keys().filter(shared).collect();
    // Trust before what it decides about.
    spaces.sort_by_key(|space| (urgency(space), space.clone()));
    let devices: Vec<DeviceKey> = receivers.iter().map(|(device, _)| *device).collect();
    let mut logs = Vec::new();
    for space in spaces {
        for (log, _) in replica.frontier(&space)?.0 {
            let acknowledged = if all { Vec::new() } else { replica.acknowledged_by_all(log, &devices)? };
            logs.push(Going { space: space.clone(), log, acknowledged });
        }
    }
    Ok((receivers, hello, logs))
}

/// Which spaces both this device and a unit read today.
fn shared(replica: &Replica, unit: &UnitPath, now: TimeMs) -> impl Fn(&Space) -> bool + use<> {
    let mine = units_of(replica, replica.identity().device());
    let (arrangement, unit) = (replica.trust().arrangement(now.day_number()), unit.clone());
    move |space| arrangement.reads(&unit, space) && mine.iter().any(|mine| arrangement.reads(mine, space))
}

fn urgency(space: &Space) -> u8 {
    match space.channel {
        Channel::Notices => 0,
        Channel::Oversight => 1,
        Channel::Records => 2,
    }
}

/// Writes a log unless it is bulk, which is left for later; says whether it is through.
fn push_recent(node: &Node, log: &Going, parts: &mut Parts<'_>) -> Result<bool, NodeError> {
    if log.space.channel != Channel::Records {
        push(node, log, Lane::Trust, parts)?;
        return Ok(true);
    }
    let missing = node.with(|r| r.missing(log.log, &log.acknowledged, RECENT_BYTES_MAX))?;
    let bytes: usize = missing.segments.iter().map(Vec::len).sum();
    if missing.more || bytes > RECENT_BYTES_MAX {
        return Ok(false);
    }
    for segment in missing.segments {
        parts.segment(Lane::Recent, segment)?;
    }
    Ok(true)
}

fn push(node: &Node, log: &Going, lane: Lane, parts: &mut Parts<'_>) -> Result<(), NodeError> {
    let mut heads = log.acknowledged.clone();
    loop {
        let missing = node.with(|r| r.missing(log.log, &heads, READ_BYTES))?;
        for segment in missing.segments {
            parts.segment(lane, segment)?;
        }
        if !missing.more || missing.heads == heads {
            return Ok(());
        }
        heads = missing.heads;
    }
}

/// Writes the attachments that documents in shared spaces name, each once.
fn push_attachments(node: &Node, unit: &UnitPath, parts: &mut Parts<'_>) -> Result<(), NodeError> {
    let named = node.with(|r| r.attachments_named(None))?;
    let shared = node.with(|r| shared(r, unit, node.now()));
    let mut files: Vec<_> = named.iter().filter(|named| named.is_whole() && shared(&named.space)).collect();
    files.sort_by_key(|named| (named.bytes, named.hash));
    files.dedup_by_key(|named| named.hash);
    for named in files {
        let mut from = 0;
        while let Some(bytes) = node.with(|r| r.carried_piece(&named.hash, from))? {
            let to = from + bytes.len() as u64;
            parts.frame(&Message::Piece { file: Digest(named.hash), from, bytes })?;
            from = to;
        }
        parts.report.attachments += 1;
    }
    Ok(())
}

/// The files of a bundle, of which one is open.
struct Parts<'a> {
    path: &'a Path,
    split_bytes: Option<u64>,
    recipients: Vec<x25519::Recipient>,
    /// The frame that each begins with.
    hello: Vec<u8>,
    open: Option<Part>,
    report: BundleReport,
}

impl Parts<'_> {
    fn begin(&mut self) -> Result<(), NodeError> {
        let path = match self.split_bytes {
            Some(_) => numbered(self.path, self.report.files.len() + 1),
            None => self.path.to_owned(),
        };
        let mut part = Part::begin(&path, &self.recipients)?;
        part.write(&self.hello)?;
        self.open = Some(part);
        Ok(())
    }

    fn segment(&mut self, lane: Lane, bytes: Vec<u8>) -> Result<(), NodeError> {
        self.frame(&Message::Segment { lane, bytes })?;
        self.open.as_mut().expect("a part is open from the beginning to the end").segments += 1;
        self.report.segments += 1;
        Ok(())
    }

    /// Writes a frame, into the next part where this one is full.
    fn frame(&mut self, message: &Message) -> Result<(), NodeError> {
        let frame = message.encode().encode();
        let full = |part: &Part, limit| part.len_with(frame.len() as u64 + PUSHED_BYTES_MAX) > limit;
        if let (Some(part), Some(limit)) = (&self.open, self.split_bytes)
            && part.frames > 0
            && full(part, limit)
        {
            self.end()?;
            self.begin()?;
        }
        let part = self.open.as_mut().expect("a part is open from the beginning to the end");
        part.write(&frame)?;
        part.frames += 1;
        Ok(())
    }

    /// Completes the open file.
    fn end(&mut self) -> Result<(), NodeError> {
        let mut part = self.open.take().expect("a part is open from the beginning to the end");
        let pushed = Message::Pushed { segments: part.segments };
        part.write(&pushed.encode().encode())?;
        self.report.bytes += part.finish()?;
        self.report.files.push(match self.split_bytes {
            Some(_) => numbered(self.path, self.report.files.len() + 1),
            None => self.path.to_owned(),
        });
        Ok(())
    }
}

/// The name of a part of a split bundle.
pub(super) fn numbered(path: &Path, number: usize) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{number}"));
    name.into()
}

/// One file under way. It is there under its name when it is whole and durable, or not at all.
struct Part {
    path: PathBuf,
    partial: OsString,
    /// Taken when the file is finished.
    writer: Option<StreamWriter<Counted>>,
    written_bytes: Arc<AtomicU64>,
    /// Bytes before the first encrypted piece.
    head_bytes: u64,
    plain_bytes: u64,
    segments: u64,
    /// Segments and pieces of attachments.
    frames: u64,
}

impl Part {
    fn begin(path: &Path, recipients: &[x25519::Recipient]) -> Result<Self, NodeError> {
        let mut partial = path.as_os_str().to_owned();
        partial.push(".partial");
        let written_bytes = Arc::new(AtomicU64::new(0));
        let recipients = recipients.iter().map(|r| r as &dyn age::Recipient);
        let encryptor = age::Encryptor::with_recipients(recipients).map_err(|error| NodeError::BadFile {
            path: path.to_owned(),
            what: "place for a bundle",
            reason: error.to_string(),
        })?;
        let writer = File::create(&partial).and_then(|file| {
            let file = BufWriter::with_capacity(1 << 20, file);
            encryptor.wrap_output(Counted { file, written_bytes: written_bytes.clone() })
        });
        let writer = writer.map_err(|source| NodeError::Write { path: path.to_owned(), source })?;
        let head_bytes = written_bytes.load(Ordering::Relaxed);
        Ok(Self {
            path: path.to_owned(),
            partial,
            writer: Some(writer),
            written_bytes,
            head_bytes,
            plain_bytes: 0,
            segments: 0,
            frames: 0,
        })
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), NodeError> {
        self.plain_bytes += bytes.len() as u64;
        let writer = self.writer.as_mut().expect("the file is not finished");
        writer.write_all(bytes).map_err(|source| NodeError::Write { path: self.path.clone(), source })
    }

    /// The length of the file if it ended after so many bytes more.
    fn len_with(&self, more: u64) -> u64 {
        let plain = self.plain_bytes + more;
        self.head_bytes + plain + plain.div_ceil(PIECE_BYTES) * PIECE_TAG_BYTES
    }

    /// Makes the file durable and gives it its name; returns its length.
    fn finish(mut self) -> Result<u64, NodeError> {
        let writer = self.writer.take().expect("the file is finished once");
        let finished = writer
            .finish()
            .and_then(|counted| counted.file.into_inner().map_err(io::IntoInnerError::into_error))
            .and_then(|file| file.sync_all())
            .and_then(|()| fs::rename(&self.partial, &self.path));
        finished.map_err(|source| NodeError::Write { path: self.path.clone(), source })?;
        self.partial.clear();
        Ok(self.written_bytes.load(Ordering::Relaxed))
    }
}

impl Drop for Part {
    fn drop(&mut self) {
        if !self.partial.is_empty() {
            // What could not be finished is of no use to anybody.
            let _ = fs::remove_file(&self.partial);
        }
    }
}

/// A file that counts what is written to it.
struct Counted {
    file: BufWriter<File>,
    written_bytes: Arc<AtomicU64>,
}

impl Write for Counted {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.file.write(bytes)?;
        self.written_bytes.fetch_add(written as u64, Ordering::Relaxed);
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}
