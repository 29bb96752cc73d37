//! The file around the sections: magic line, manifest, signature, and nothing left over.

use std::{borrow::Cow, collections::BTreeMap, io::Write};

use linli_log::{DeviceSecret, seal::verify_statement};
use linli_wire::Digest;
use sha2::{Digest as _, Sha256};

use crate::{
    error::SnapshotError,
    limits::{EXPANSION_MAX, MANIFEST_BYTES_MAX},
    manifest::{Compression, Manifest, Section},
};

/// The first line of the file.
pub const MAGIC: &[u8] = b"linli snapshot 1\n";
/// What every version of the format begins with.
const FAMILY: &[u8] = b"linli snapshot ";
/// The context that keeps the signature from being read as one of anything else.
pub const SIGNATURE_CONTEXT: &[u8] = b"linli/1 snapshot\0";
const SIGNATURE_BYTES: usize = 64;
/// zstd's level for the sections that are compressed here: they are small.
const LEVEL: i32 = 9;

/// A snapshot whose parts were told apart. Nothing is known yet of who made it.
#[derive(Debug)]
pub(crate) struct Parsed<'b> {
    pub manifest: Manifest,
    manifest_bytes: &'b [u8],
    signature: &'b [u8; SIGNATURE_BYTES],
    stored: Vec<&'b [u8]>,
}

/// A section on its way into a file.
#[derive(Debug, Clone)]
pub(crate) struct Packed {
    pub section: Section,
    pub bytes: Vec<u8>,
}

impl Packed {
    /// A section whose bytes stand as they are.
    pub fn plain(name: String, bytes: Vec<u8>) -> Self {
        let len = bytes.len() as u64;
        let section = Section {
            name,
            compression: Compression::None,
            stored_bytes: len,
            plain_bytes: len,
            sha256: sha256(&bytes),
        };
        Self { section, bytes }
    }

    /// A section that is compressed, unless that gains nothing or more than a reader would believe.
    pub fn compressed(name: String, plain: Vec<u8>) -> Self {
        let bytes =
            zstd::bulk::compress(&plain, LEVEL).expect("compressing memory into memory has no cause to fail");
        if bytes.len() >= plain.len() || plain.len() > bytes.len().saturating_mul(EXPANSION_MAX) {
            return Self::plain(name, plain);
        }
        let section = Section {
            name,
            compression: Compression::Zstd,
            stored_bytes: bytes.len() as u64,
            plain_bytes: plain.len() as u64,
            sha256: sha256(&bytes),
        };
        Self { section, bytes }
    }
}

impl<'b> Parsed<'b> {
    /// Tells the parts of a file apart. Every byte belongs to one of them.
    pub fn parse(bytes: &'b [u8]) -> Result<Self, SnapshotError> {
        let mut rest = after_magic(bytes)?;
        let len = u32::from_be_bytes(*take(&mut rest, "the manifest's length")?) as usize;
        if len > MANIFEST_BYTES_MAX {
            let (what, limit) = ("manifest".to_owned(), MANIFEST_BYTES_MAX);
            return Err(SnapshotError::TooLarge { what, found: len, limit });
        }
        let manifest_bytes = split(&mut rest, len, || "the manifest".to_owned())?;
        let signature = take(&mut rest, "the signature")?;
        let manifest = Manifest::decode(manifest_bytes).map_err(SnapshotError::Manifest)?;
        let mut stored = Vec::with_capacity(manifest.sections.len());
        for section in &manifest.sections {
            let len = usize::try_from(section.stored_bytes).unwrap_or(usize::MAX);
            stored.push(split(&mut rest, len, || format!("the section `{}`", section.name))?);
        }
        match rest.len() {
            0 => Ok(Self { manifest, manifest_bytes, signature, stored }),
            more => Err(SnapshotError::Trailing(more)),
        }
    }

    /// Checks that the manifest is the signer's and the sections are the manifest's.
    pub fn check(self) -> Result<Checked<'b>, SnapshotError> {
        let signer = self.manifest.signer;
        if !verify_statement(signer, SIGNATURE_CONTEXT, self.manifest_bytes, self.signature) {
            return Err(SnapshotError::WrongSignature { signer });
        }
        let mut sections = BTreeMap::new();
        for (at, (section, stored)) in self.manifest.sections.iter().zip(&self.stored).enumerate() {
            if sha256(stored) != section.sha256 {
                return Err(SnapshotError::DamagedSection { name: section.name.clone() });
            }
            if sections.insert(section.name.clone(), at).is_some() {
                return Err(SnapshotError::content(&section.name, "it stands twice"));
            }
        }
        Ok(Checked { manifest: self.manifest, stored: self.stored, sections })
    }
}

/// A snapshot whose bytes are all those that its signer signed.
#[derive(Debug)]
pub(crate) struct Checked<'b> {
    pub manifest: Manifest,
    stored: Vec<&'b [u8]>,
    /// The place of each section by its name.
    sections: BTreeMap<String, usize>,
}

impl<'b> Checked<'b> {
    /// The names of the sections, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.sections.keys().map(String::as_str)
    }

    /// The content of a section.
    pub fn section(&self, name: &str) -> Result<Cow<'b, [u8]>, SnapshotError> {
        let missing = || SnapshotError::MissingSection { name: name.to_owned() };
        let at = *self.sections.get(name).ok_or_else(missing)?;
        unpack(&self.manifest.sections[at], self.stored[at])
    }
}

/// Signs the manifest and writes the whole file; returns how many bytes it has.
pub(crate) fn write(
    manifest: &Manifest,
    sections: &[Packed],
    secret: &DeviceSecret,
    out: &mut dyn Write,
) -> Result<u64, SnapshotError> {
    let manifest = manifest.encode();
    if manifest.len() > MANIFEST_BYTES_MAX {
        let (what, limit) = ("manifest".to_owned(), MANIFEST_BYTES_MAX);
        return Err(SnapshotError::TooLarge { what, found: manifest.len(), limit });
    }
    let signature = secret.sign(SIGNATURE_CONTEXT, &manifest);
    let len = (manifest.len() as u32).to_be_bytes();
    let head: [&[u8]; 4] = [MAGIC, &len, &manifest, &signature];
    let mut written = 0;
    for part in head.into_iter().chain(sections.iter().map(|section| &section.bytes[..])) {
        out.write_all(part).map_err(SnapshotError::Write)?;
        written += part.len() as u64;
    }
    out.flush().map_err(SnapshotError::Write)?;
    Ok(written)
}

fn after_magic(bytes: &[u8]) -> Result<&[u8], SnapshotError> {
    if let Some(rest) = bytes.strip_prefix(MAGIC) {
        return Ok(rest);
    }
    if !bytes.is_empty() && MAGIC.starts_with(bytes) {
        return Err(SnapshotError::Truncated { place: "its first line".to_owned() });
    }
    if bytes.starts_with(FAMILY) {
        return Err(SnapshotError::NewerVersion("another format".to_owned()));
    }
    Err(SnapshotError::NotASnapshot)
}

fn take<'b, const N: usize>(rest: &mut &'b [u8], place: &str) -> Result<&'b [u8; N], SnapshotError> {
    let truncated = || SnapshotError::Truncated { place: place.to_owned() };
    let (taken, after) = rest.split_first_chunk().ok_or_else(truncated)?;
    *rest = after;
    Ok(taken)
}

fn split<'b>(
    rest: &mut &'b [u8],
    len: usize,
    place: impl FnOnce() -> String,
) -> Result<&'b [u8], SnapshotError> {
    let (taken, after) =
        rest.split_at_checked(len).ok_or_else(|| SnapshotError::Truncated { place: place() })?;
    *rest = after;
    Ok(taken)
}

/// Invariant: nothing is allocated beyond the stored bytes times [`EXPANSION_MAX`].
fn unpack<'b>(section: &Section, stored: &'b [u8]) -> Result<Cow<'b, [u8]>, SnapshotError> {
    let len = usize::try_from(section.plain_bytes).unwrap_or(usize::MAX);
    let wrong = |problem: &str| Err(SnapshotError::content(&section.name, problem));
    match section.compression {
        Compression::None if len != stored.len() => wrong("its two lengths differ"),
        Compression::None => Ok(Cow::Borrowed(stored)),
        Compression::Zstd if len > stored.len().saturating_mul(EXPANSION_MAX) => {
            wrong("it would become larger than any honest section does")
        }
        Compression::Zstd => match zstd::bulk::decompress(stored, len) {
            Ok(plain) if plain.len() == len => Ok(Cow::Owned(plain)),
            Ok(_) => wrong("it is shorter than it says"),
            Err(error) => wrong(&error.to_string()),
        },
    }
}

fn sha256(bytes: &[u8]) -> Digest {
    Digest(Sha256::digest(bytes).into())
}
