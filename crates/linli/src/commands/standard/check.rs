//! `linli standard check`: everything that is wrong with a standard's text files.

use std::path::Path;

use anyhow::Result;
use linli_eval::{PackError, Standard};
use serde_json::json;

use super::{chinese, files};
use crate::{context::Context, failure::Ended, language::Language};

pub fn run(context: &mut Context, directory: &Path) -> Result<Ended> {
    match Standard::check(files::read(context, directory)?) {
        Ok(standard) => tell(context, &standard),
        Err(problems) => refuse(context, directory, &problems),
    }
}

fn tell(context: &mut Context, standard: &Standard) -> Result<Ended> {
    let (id, version, hash) = (&standard.id, &standard.version, standard.hash.to_string());
    let (points, hard) = (standard.total.shown(), standard.hard_points.shown());
    if context.json {
        let answer = json!({"sound": true, "standard": id, "version": version, "hash": hash, "total": points,
            "hard_points": hard, "problems": []});
        context.out.json(&answer)?;
        return Ok(Ended::Done);
    }
    let count = standard.items.len();
    context.out.line(&match context.language {
        Language::Chinese => {
            format!("标准 {id} {version} 可用：{count} 项，共 {points} 分，硬指标 {hard} 分，摘要 {hash}")
        }
        Language::English => {
            format!("the standard {id} {version} is sound: {count} items, {points} points, {hard} of them hard, hash {hash}")
        }
    })?;
    Ok(Ended::Done)
}

/// Lists the problems, one a line, each with its file and line: they are what was asked for.
fn refuse(context: &mut Context, directory: &Path, problems: &[PackError]) -> Result<Ended> {
    let language = context.language;
    if context.json {
        let listed: Vec<_> = problems
            .iter()
            .map(|problem| {
                let (line, column) = problem.place();
                json!({"file": problem.file(), "line": line, "column": column,
                    "problem": chinese::told(language, &problem.to_string())})
            })
            .collect();
        context.out.json(&json!({"sound": false, "problems": listed}))?;
    } else {
        for problem in problems {
            context.out.line(&chinese::told(language, &problem.to_string()))?;
        }
    }
    let (count, shown) = (problems.len(), directory.display());
    context.out.note(&match context.language {
        Language::Chinese => format!("{shown} 有 {count} 处问题，不能作为标准；改正后再检查"),
        Language::English => {
            format!("{shown} is no standard, for {count} reasons; correct them and check again")
        }
    });
    Ok(Ended::Refused)
}
