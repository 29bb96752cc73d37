//! Taking bundles in, frame by frame: what can be read of a file counts, however it ends.

use std::{
    fs::File,
    io::{self, BufReader, Read},
    path::{Path, PathBuf},
};

use linli_store::{StoreError, Stored, attachments::Carried};
use linli_sync::Message;
use linli_wire::{Digest, Frame, RealmId, Space, frame::FRAME_HEAD_BYTES};

use super::{BundleReport, export::numbered, keys::identity};
use crate::{
    error::{NodeError, chain},
    node::Node,
};

/// Parts of a split bundle that are looked for.
const PARTS_MAX: usize = 9_999;
/// Bytes of segments that are kept before they are stored.
const BATCH_BYTES: usize = 4 << 20;

/// The files of the bundle that a person names: the file itself, or where there is none of that name the
/// parts of a split one, in order.
pub fn bundle_parts(path: &Path) -> Vec<PathBuf> {
    if !path.exists() {
        let parts: Vec<PathBuf> =
            (1..=PARTS_MAX).map(|n| numbered(path, n)).filter(|part| part.exists()).collect();
        if !parts.is_empty() {
            return parts;
        }
    }
    vec![path.to_owned()]
}

/// Takes a bundle in: safe to repeat. A hub writes its receipts, which the next bundle back carries.
pub fn import_bundle(node: &Node, path: &Path) -> Result<BundleReport, NodeError> {
    let file = File::open(path).map_err(|source| NodeError::Read { path: path.to_owned(), source })?;
    let bytes = file.metadata().map_or(0, |meta| meta.len());
    let reader = decrypted(node, path, file)?;
    let mut taking = Taking {
        node,
        realm: node.realm()?,
        batch: Vec::new(),
        batch_bytes: 0,
        has_pieces: false,
        report: BundleReport { files: vec![path.to_owned()], bytes, ..BundleReport::default() },
    };
    let read = taking.run(reader);
    // What came whole before anything went wrong has its effects.
    taking.store()?;
    taking.retry_early()?;
    node.settle_stored()?;
    read.map_err(|reason| bad(path, reason))?;
    Ok(taking.report)
}

/// Takes bundles in, or the parts of one, in whatever order. Pieces of attachments that came too early are
/// taken when their files are read again, for as long as that brings anything.
pub fn import_bundles(node: &Node, paths: &[PathBuf]) -> Result<BundleReport, NodeError> {
    let mut total = BundleReport::default();
    let mut left = Vec::new();
    for path in paths {
        let report = import_bundle(node, path)?;
        if report.pieces_left > 0 {
            left.push((path, report.pieces_left));
        }
        total.add(report);
    }
    let mut went_on = true;
    while std::mem::take(&mut went_on) && !left.is_empty() {
        for (path, pieces_left) in &mut left {
            let report = import_bundle(node, path)?;
            went_on |= report.pieces_left < *pieces_left;
            total.pieces_left -= *pieces_left - report.pieces_left.min(*pieces_left);
            total.attachments += report.attachments;
            *pieces_left = report.pieces_left;
        }
        left.retain(|(_, pieces_left)| *pieces_left > 0);
    }
    Ok(total)
}

fn bad(path: &Path, reason: String) -> NodeError {
    NodeError::BadFile { path: path.to_owned(), what: "bundle", reason }
}

fn decrypted(node: &Node, path: &Path, file: File) -> Result<impl Read + use<>, NodeError> {
    let secret = node.with(|r| r.identity().recipient_secret());
    let other = || NodeError::BundleForOther(node.device());
    let identity = identity(&secret).ok_or_else(other)?;
    let open = || {
        let decryptor = age::Decryptor::new_buffered(BufReader::with_capacity(1 << 20, file))?;
        decryptor.decrypt(std::iter::once(&identity as &dyn age::Identity))
    };
    open().map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => other(),
        age::DecryptError::Io(_) | age::DecryptError::InvalidHeader => {
            let reason =
                "it does not begin like an encrypted bundle, or it was cut short; copy the file again";
            bad(path, reason.to_owned())
        }
        error => bad(path, format!("{error}; copy the file again")),
    })
}

struct Taking<'n> {
    node: &'n Node,
    realm: RealmId,
    batch: Vec<Vec<u8>>,
    batch_bytes: usize,
    /// Whether the documents that name attachments are up to date.
    has_pieces: bool,
    report: BundleReport,
}

impl Taking<'_> {
    /// Reads to the end; the error is what a person is told of a file that is no bundle.
    fn run(&mut self, mut reader: impl Read) -> Result<(), String> {
        let (mut greeted, mut complete) = (false, false);
        let why = loop {
            let frame = match next_frame(&mut reader) {
                Ok(Some(frame)) => frame,
                Ok(None) if complete => return Ok(()),
                Ok(None) => break "it ends too early".to_owned(),
                Err(End::Broken(error)) => break format!("it was cut short or damaged: {error}"),
                Err(End::NoFrame(reason)) => return Err(reason),
            };
            match Message::decode(&frame).map_err(|fault| chain(&fault))? {
                Message::Hello(hello) if !greeted => {
                    if hello.realm != self.realm {
                        return Err(format!("it belongs to realm {}, this is {}", hello.realm, self.realm));
                    }
                    greeted = true;
                }
                Message::Segment { bytes, .. } if greeted && !complete => {
                    self.segment(bytes).map_err(|error| chain(&error))?;
                }
                Message::Piece { file, from, bytes } if greeted && !complete => {
                    self.piece(file, from, &bytes).map_err(|error| chain(&error))?;
                }
                Message::Pushed { segments } if greeted && !complete => {
                    if segments != self.report.segments as u64 {
                        return Err("a frame stands where it does not belong".to_owned());
                    }
                    complete = true;
                }
                _ => return Err("a frame stands where it does not belong".to_owned()),
            }
        };
        if self.report.segments == 0 && !self.has_pieces {
            return Err(format!("{why}; copy the file again"));
        }
        self.report.cut = Some(why);
        Ok(())
    }

    fn segment(&mut self, bytes: Vec<u8>) -> Result<(), NodeError> {
        self.report.segments += 1;
        self.batch_bytes += bytes.len();
        self.batch.push(bytes);
        if self.batch_bytes >= BATCH_BYTES { self.store() } else { Ok(()) }
    }

    /// A piece counts where a document that is here names its file.
    fn piece(&mut self, file: Digest, from: u64, bytes: &[u8]) -> Result<(), NodeError> {
        if !std::mem::replace(&mut self.has_pieces, true) {
            self.store()?;
            self.retry_early()?;
            self.node.materialise()?;
        }
        match self.node.with(|r| r.take_carried(&file.0, from, bytes)) {
            Ok(Carried::Whole) => self.report.attachments += 1,
            Ok(Carried::Part | Carried::Here) => {}
            Ok(Carried::Early) => self.report.pieces_left += 1,
            Ok(Carried::Wrong) => self.report.declined.push(format!("attachment {file} is damaged")),
            // The rest of it would say the same.
            Err(error @ StoreError::AttachmentQuota { .. }) => {
                let reason = error.to_string();
                if !self.report.declined.contains(&reason) {
                    self.report.declined.push(reason);
                }
            }
            Err(error) => return Err(error.into()),
        }
        Ok(())
    }

    fn store(&mut self) -> Result<(), NodeError> {
        self.batch_bytes = 0;
        let segments = std::mem::take(&mut self.batch);
        if segments.is_empty() {
            return Ok(());
        }
        let allowed = kept(self.node);
        let stored = self.node.with(|r| r.store_or_keep(&segments, &allowed))?;
        self.count(stored);
        Ok(())
    }

    /// Takes what had been kept, now that more has come.
    fn retry_early(&mut self) -> Result<(), NodeError> {
        let allowed = kept(self.node);
        let stored = self.node.with(|r| r.retry_early(&allowed))?;
        self.count(stored);
        self.report.early = self.node.with(|r| r.early_count())?;
        Ok(())
    }

    fn count(&mut self, stored: Vec<Stored>) {
        for one in stored {
            match one {
                Stored::New { .. } => self.report.new += 1,
                Stored::Known { .. } | Stored::Early { .. } => {}
                Stored::Declined { reason, .. } => self.report.declined.push(reason),
            }
        }
    }
}

/// Why there are no more frames.
enum End {
    /// The file breaks off, or its next piece does not decrypt.
    Broken(io::Error),
    /// What was decrypted is no frame.
    NoFrame(String),
}

/// The next frame; `None` at the file's end.
fn next_frame(reader: &mut impl Read) -> Result<Option<Frame>, End> {
    let mut head = [0; FRAME_HEAD_BYTES];
    let mut filled = 0;
    while filled < head.len() {
        match reader.read(&mut head[filled..]).map_err(End::Broken)? {
            0 if filled == 0 => return Ok(None),
            0 => return Err(End::Broken(io::ErrorKind::UnexpectedEof.into())),
            read => filled += read,
        }
    }
    let (lane, len) = Frame::decode_head(head).map_err(|error| End::NoFrame(error.to_string()))?;
    let mut body = vec![0; len];
    reader.read_exact(&mut body).map_err(End::Broken)?;
    Ok(Some(Frame { lane, body }))
}

/// Which spaces a node keeps today.
fn kept(node: &Node) -> impl Fn(&Space) -> bool + use<> {
    let mine = node.units();
    let arrangement = node.with(|r| r.trust().arrangement(node.now().day_number()));
    move |space| mine.iter().any(|unit| arrangement.reads(unit, space))
}
