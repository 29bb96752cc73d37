//! `linli attach`: photos and scans as evidence.

use std::{
    fs::File,
    io::Read as _,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use clap::{Args, Subcommand};
use linli_model::kind;
use linli_node::{Node, NodeError, note_view};
use linli_store::{
    DocumentEdits,
    attachments::{FileHash, Named, hex, media_type},
};
use serde_json::json;

use crate::{
    cli::values,
    context::Context,
    documents::{self, Found},
    failure::{Ended, Refused},
    language::Language,
    output::Table,
};

#[derive(Debug, Args)]
pub struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Attach a photo, a scan or a PDF to a card, a person or a finding
    #[command(
        after_help = "Example:\n  linli --data clerk attach add 32110200100100001 door.jpg --day 2026-10-12"
    )]
    Add {
        /// A card number, an ID number, or the 32 digits of a document
        #[arg(value_name = "DOCUMENT")]
        document: String,
        /// A JPEG, PNG, WebP, HEIC, TIFF or PDF file
        #[arg(value_name = "FILE")]
        file: PathBuf,
        /// The placement, visit or other item that it is evidence for
        #[arg(long, value_name = "ITEM")]
        about: Option<String>,
        /// What day it shows
        #[arg(long, value_name = "DATE", value_parser = values::day)]
        day: Option<String>,
    },
    /// List attachments, and how much of each is here
    #[command(after_help = "Example:\n  linli --data clerk attach list 32110200100100001")]
    List {
        /// A card number, an ID number, or the 32 digits of a document; without it all
        #[arg(value_name = "DOCUMENT")]
        document: Option<String>,
    },
    /// Ask for the bytes of an attachment: the next sync fetches them
    #[command(after_help = "Example:\n  linli --data clerk attach fetch 3f8a21 && linli --data clerk sync")]
    Fetch {
        /// The hash, or its first digits, as `linli attach list` shows it
        #[arg(value_name = "SHA256")]
        sha256: String,
    },
    /// Write an attachment to a file
    #[command(after_help = "Example:\n  linli --data clerk attach save 3f8a21 --to door.jpg")]
    Save {
        /// The hash, or its first digits, as `linli attach list` shows it
        #[arg(value_name = "SHA256")]
        sha256: String,
        /// The file
        #[arg(long, value_name = "FILE")]
        to: PathBuf,
        /// Why somebody looks at people's data
        #[arg(long, default_value = "attach save")]
        why: String,
    },
    /// Show or set how much attachments may take, and what is fetched unasked
    #[command(after_help = "Example:\n  linli --data street attach limits --quota 20GB --fetch-up-to 5MB")]
    Limits {
        /// Bytes that attachments may take on this device
        #[arg(long, value_name = "SIZE", value_parser = values::size)]
        quota: Option<u64>,
        /// Fetch attachments of units below up to this size unasked; 0 for none
        #[arg(long, value_name = "SIZE", value_parser = values::size)]
        fetch_up_to: Option<u64>,
    },
}

impl Arguments {
    pub fn run(&self, context: &mut Context) -> Result<Ended> {
        match &self.action {
            Action::Add { document, file, about, day } => {
                add(context, document, file, about.as_deref(), day.as_deref())
            }
            Action::List { document } => list(context, document.as_deref()),
            Action::Fetch { sha256 } => fetch(context, sha256),
            Action::Save { sha256, to, why } => save(context, sha256, to, why),
            Action::Limits { quota, fetch_up_to } => limits(context, *quota, *fetch_up_to),
        }
    }
}

fn add(
    context: &mut Context,
    document: &str,
    file: &Path,
    about: Option<&str>,
    day: Option<&str>,
) -> Result<Ended> {
    let node = context.node()?;
    let found = find(context, &node, document)?;
    let path = context.path(file);
    let read = || format!("{} {}", context.say("无法读取", "cannot read"), path.display());
    let mut bytes = File::open(&path).with_context(read)?;
    let length = bytes.metadata().with_context(read)?.len();
    let mut beginning = Vec::new();
    bytes.by_ref().take(16).read_to_end(&mut beginning).with_context(read)?;
    let Some(media_type) = media_type(&beginning) else {
        let message = context.say("不是可附的文件类型", "this is no kind of file that can be attached");
        let hint =
            context.say("可附 JPEG、PNG、WebP、HEIC、TIFF、PDF", "JPEG, PNG, WebP, HEIC, TIFF and PDF can");
        return Err(Refused::new(format!("{}: {message}", path.display())).hint(hint).into());
    };
    let whole = std::io::Cursor::new(beginning).chain(bytes);
    let hash = node.with(|r| r.attach(length, whole)).map_err(NodeError::from)?;
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned());
    let (sha256, length) = (hex(&hash), length.to_string());
    let given = [
        ("sha256", Some(sha256.as_str())),
        ("length", Some(length.as_str())),
        ("type", Some(media_type)),
        ("name", name.as_deref()),
        ("about", about),
        ("day", day),
    ];
    let key = documents::random_id()?.to_string();
    let edits = documents::item_edits(context, found.kind, kind::ATTACHMENTS.name, &key, &given)?;
    let edits = DocumentEdits { id: found.id, kind: found.kind, edits };
    let written = documents::write(context, &node, &found.space, &[edits]);
    if written.is_err() {
        // Nothing names the bytes.
        node.with(linli_store::Replica::sweep_attachments).map_err(NodeError::from)?;
    }
    written?;
    if context.json {
        context
            .out
            .json(&json!({"sha256": sha256, "length": length, "type": media_type, "attachment": key}))?;
    } else {
        context.out.line(&sha256)?;
    }
    Ok(Ended::Done)
}

/// The document that a person names.
fn find(context: &Context, node: &Node, text: &str) -> Result<Found> {
    node.materialise()?;
    if let Ok(id) = text.parse::<linli_wire::DocId>() {
        let sql = "SELECT space.unit, space.channel, document.kind FROM document JOIN space USING (space_no)
                   WHERE document.id = ?1";
        let rows: Vec<(String, u64, u64)> =
            node.with(|r| r.query(sql, [id.0], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?))))?;
        if let [(unit, channel, code)] = rows.as_slice()
            && let Some(kind) =
                kind::by_code(*code).filter(|k| k.collection(kind::ATTACHMENTS.name).is_some())
            && let Some(channel) = linli_wire::Channel::from_code(*channel)
        {
            let space = linli_wire::Space::new(unit.parse()?, channel);
            return documents::open(node, space, id, kind);
        }
        let message =
            context.say("没有可附文件的这个文档", "there is no such document that takes attachments");
        return Err(Refused::new(format!("{text}: {message}")).into());
    }
    if text.trim().len() == 18 {
        return documents::person(context, node, text);
    }
    documents::card(context, node, text)
}

fn named(node: &Node, document: Option<&str>) -> Result<Vec<Named>> {
    node.materialise()?;
    Ok(node.with(|r| r.attachments_named(document)).map_err(NodeError::from)?)
}

fn list(context: &mut Context, document: Option<&str>) -> Result<Ended> {
    let node = context.node()?;
    let found = document.map(|text| find(context, &node, text)).transpose()?;
    let document = found.map(|found| found.id.to_string());
    let all = named(&node, document.as_deref())?;
    if context.json {
        let all: Vec<_> = all
            .iter()
            .map(|one| {
                json!({"unit": one.space.unit.to_string(), "document": one.document, "attachment": one.key,
                    "about": one.about, "sha256": hex(&one.hash), "length": one.bytes, "here": one.here_bytes,
                    "whole": one.is_whole(), "wanted": one.wanted, "type": one.media_type, "name": one.name})
            })
            .collect();
        context.out.json(&all)?;
        return Ok(Ended::Done);
    }
    let language = context.language;
    let headings = [
        ("摘要", "sha-256"),
        ("文档", "document"),
        ("文件名", "name"),
        ("类型", "type"),
        ("字节", "bytes"),
        ("本机有", "here"),
    ];
    let mut table = Table::new(headings.map(|(zh, en)| language.pick(zh, en))).right(&[4]);
    for one in &all {
        let here = if one.is_whole() {
            language.pick("全部", "all").to_owned()
        } else if one.wanted || one.here_bytes > 0 {
            format!("{}%", one.here_bytes * 100 / one.bytes)
        } else {
            language.pick("无", "none").to_owned()
        };
        let (sha256, bytes) = (hex(&one.hash), one.bytes.to_string());
        table.row([&sha256[..12], &one.document[..8], &one.name, &one.media_type, &bytes, &here]);
    }
    context.out.table(&table)?;
    Ok(Ended::Done)
}

/// The one attachment whose hash begins so.
fn one(context: &Context, node: &Node, sha256: &str) -> Result<Named> {
    let mut found: Vec<Named> = named(node, None)?;
    found.retain(|one| hex(&one.hash).starts_with(&sha256.to_ascii_lowercase()));
    let hashes: std::collections::BTreeSet<FileHash> = found.iter().map(|one| one.hash).collect();
    let message = match hashes.len() {
        1 => return Ok(found.swap_remove(0)),
        0 => context.say("没有这个附件", "there is no such attachment"),
        _ => context.say("有多个附件以此开头", "several attachments begin so"),
    };
    let hint = context.say("`linli attach list` 列出附件", "`linli attach list` lists them");
    Err(Refused::new(format!("{sha256}: {message}")).hint(hint).into())
}

fn fetch(context: &mut Context, sha256: &str) -> Result<Ended> {
    let node = context.node()?;
    let found = one(context, &node, sha256)?;
    if !found.is_whole() {
        node.with(|r| r.want_attachment(&found.hash)).map_err(NodeError::from)?;
        node.announce();
    }
    context.out.note(match (found.is_whole(), context.language) {
        (true, Language::Chinese) => "本机已有",
        (true, Language::English) => "it is here already",
        (false, Language::Chinese) => "下次同步时取来",
        (false, Language::English) => "the next sync fetches it",
    });
    Ok(Ended::Done)
}

fn save(context: &mut Context, sha256: &str, to: &Path, why: &str) -> Result<Ended> {
    let node = context.node()?;
    let found = one(context, &node, sha256)?;
    note_view(&node, &found.space.unit, &format!("attach save {}", hex(&found.hash)), why)?;
    let path = context.path(to);
    let partial = path.with_extension("partial");
    let written = File::create(&partial).map_err(anyhow::Error::new).and_then(|mut file| {
        let take = |piece: &[u8]| std::io::Write::write_all(&mut file, piece);
        node.with(|r| r.read_attachment(&found.hash, take)).map_err(NodeError::from)?;
        file.sync_all()?;
        Ok(std::fs::rename(&partial, &path)?)
    });
    if written.is_err() {
        // What could not be checked to its end is of no use to anybody.
        let _ = std::fs::remove_file(&partial);
    }
    written?;
    context.out.line(&path.display().to_string())?;
    Ok(Ended::Done)
}

fn limits(context: &mut Context, quota: Option<u64>, fetch_up_to: Option<u64>) -> Result<Ended> {
    let node = context.node()?;
    let usage = node.with(|r| {
        if let Some(bytes) = quota {
            r.set_attachment_quota(bytes)?;
        }
        if let Some(bytes) = fetch_up_to {
            r.set_attachment_fetch(bytes)?;
        }
        r.attachment_usage()
    });
    let usage = usage.map_err(NodeError::from)?;
    node.announce();
    if context.json {
        context.out.json(&json!({"files": usage.files, "bytes": usage.bytes, "quota": usage.quota_bytes,
            "fetch_up_to": usage.fetch_bytes}))?;
        return Ok(Ended::Done);
    }
    let linli_store::attachments::Usage { files, bytes, quota_bytes, fetch_bytes } = usage;
    context.out.line(&match context.language {
        Language::Chinese => {
            format!("{files} 个附件，占 {bytes} / {quota_bytes} 字节；下属单位的附件不超过 {fetch_bytes} 字节者自动取来")
        }
        Language::English => format!(
            "{files} attachments take {bytes} of {quota_bytes} bytes; those of units below are fetched up to {fetch_bytes} bytes"
        ),
    })?;
    Ok(Ended::Done)
}
