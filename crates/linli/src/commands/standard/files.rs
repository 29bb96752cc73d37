//! A standard as text files in a directory.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result};
use linli_eval::{Standard, pack};
use linli_node::write_whole;

use crate::{
    context::Context,
    failure::{Ended, Refused},
    language::Language,
};

/// Reads every file below a directory, by its name from there, `measures/placed.sql`.
///
/// It stops one file past what a pack may have; what begins with a dot is no part of a pack.
pub fn read(context: &Context, directory: &Path) -> Result<Vec<(String, String)>> {
    let root = context.path(directory);
    if !root.join("standard.toml").is_file() {
        let message = match context.language {
            Language::Chinese => format!("{} 中没有 standard.toml", directory.display()),
            Language::English => format!("there is no standard.toml in {}", directory.display()),
        };
        let hint = context.say(
            "用 `linli standard export community 目录` 得到一套可修改的文件",
            "`linli standard export community DIR` writes files to begin with",
        );
        return Err(Refused::new(message).hint(hint).into());
    }
    let (mut files, mut folders) = (Vec::new(), vec![PathBuf::new()]);
    while let Some(folder) = folders.pop() {
        let place = root.join(&folder);
        let listed = fs::read_dir(&place).with_context(|| place.display().to_string())?;
        for entry in listed {
            let entry = entry.with_context(|| place.display().to_string())?;
            let Some(name) = entry.file_name().to_str().map(str::to_owned) else { continue };
            let inside = folder.join(&name);
            if name.starts_with('.') {
                continue;
            }
            if entry.file_type().with_context(|| inside.display().to_string())?.is_dir() {
                folders.push(inside);
                continue;
            }
            let bytes = context.read(&directory.join(&inside), pack::BYTES_MAX as u64)?;
            let text = String::from_utf8(bytes).map_err(|_| {
                let name = inside.display();
                Refused::new(match context.language {
                    Language::Chinese => format!("{name} 不是 UTF-8 文本；请另存为 UTF-8"),
                    Language::English => format!("{name} is no UTF-8 text; save it as UTF-8"),
                })
            })?;
            files.push((inside.to_string_lossy().replace('\\', "/"), text));
            if files.len() > pack::FILES_MAX {
                return Ok(files);
            }
        }
    }
    Ok(files)
}

/// Writes the files of a standard below a directory that has none yet.
pub fn write(context: &mut Context, standard: &Standard, directory: &Path) -> Result<Ended> {
    let root = context.path(directory);
    fs::create_dir_all(&root).with_context(|| root.display().to_string())?;
    if fs::read_dir(&root).with_context(|| root.display().to_string())?.next().is_some() {
        let message = match context.language {
            Language::Chinese => format!("{} 不是空目录", directory.display()),
            Language::English => format!("{} is not empty", directory.display()),
        };
        return Err(Refused::new(message).hint(context.say("请给一个新目录", "name a new directory")).into());
    }
    let mut count = 0;
    for (name, content) in standard.files() {
        let path = root.join(name);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder).with_context(|| folder.display().to_string())?;
        }
        write_whole(&path, content.as_bytes())?;
        count += 1;
    }
    let (id, hash, shown) = (&standard.id, standard.hash, directory.display());
    if context.json {
        let answer = serde_json::json!({"directory": directory, "standard": id, "version": standard.version,
            "hash": hash.to_string(), "files": count});
        context.out.json(&answer)?;
    } else {
        context.out.note(&match context.language {
            Language::Chinese => {
                format!("标准 {id} 的 {count} 个文件已写入 {shown}；改后用 `linli standard check {shown}` 检查")
            }
            Language::English => {
                format!("the {count} files of the standard {id} are in {shown}; change them, then run `linli standard check {shown}`")
            }
        });
    }
    Ok(Ended::Done)
}
