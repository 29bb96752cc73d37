//! What is wrong with a command line, in Chinese.

use std::error::Error as _;

use clap::{
    Error,
    error::{ContextKind, ContextValue, ErrorKind},
};

/// The message; `None` for what is no mistake, such as the help, and for what has no words here.
pub fn chinese(error: &Error) -> Option<String> {
    let named = |kind| error.get(kind).map(texts).filter(|texts| !texts.is_empty());
    let list = |kind| named(kind).map(|texts| texts.join("、"));
    let argument = list(ContextKind::InvalidArg).unwrap_or_default();
    let value = list(ContextKind::InvalidValue).unwrap_or_default();
    let what = match error.kind() {
        ErrorKind::UnknownArgument => format!("没有选项或参数“{argument}”"),
        ErrorKind::InvalidSubcommand => {
            format!("没有命令“{}”", list(ContextKind::InvalidSubcommand).unwrap_or_default())
        }
        ErrorKind::MissingSubcommand => "请给出要做什么".to_owned(),
        ErrorKind::MissingRequiredArgument => format!("缺少 {argument}"),
        ErrorKind::InvalidValue if value.is_empty() => format!("{argument} 缺少取值"),
        ErrorKind::InvalidValue => format!("{argument} 不能是“{value}”"),
        ErrorKind::ValueValidation => match error.source() {
            Some(why) => format!("{argument} 的值“{value}”有误：{why}"),
            None => format!("{argument} 的值“{value}”有误"),
        },
        ErrorKind::ArgumentConflict => match list(ContextKind::PriorArg) {
            Some(prior) if prior != argument => format!("{argument} 不能与 {prior} 同时使用"),
            _ => format!("{argument} 只能给一次"),
        },
        ErrorKind::NoEquals => format!("{argument} 的值须用 = 连接"),
        ErrorKind::TooManyValues => format!("{argument} 用不到“{value}”"),
        ErrorKind::TooFewValues | ErrorKind::WrongNumberOfValues => format!("{argument} 的值个数不对"),
        ErrorKind::InvalidUtf8 => "参数不是 UTF-8 文本".to_owned(),
        _ => return None,
    };
    let mut told = vec![format!("错误: {what}")];
    let suggested =
        [ContextKind::SuggestedArg, ContextKind::SuggestedSubcommand, ContextKind::SuggestedValue];
    if let Some(suggested) = suggested.into_iter().find_map(list) {
        told.push(format!("  是否要写：{suggested}"));
    }
    if let Some(valid) = list(ContextKind::ValidValue).or_else(|| list(ContextKind::ValidSubcommand)) {
        told.push(format!("  可填：{valid}"));
    }
    if let Some(usage) = list(ContextKind::Usage) {
        told.push(usage.replace("Usage:", "用法："));
    }
    told.push("更多说明见 --help".to_owned());
    Some(told.join("\n"))
}

fn texts(value: &ContextValue) -> Vec<String> {
    match value {
        ContextValue::String(text) => vec![text.clone()],
        ContextValue::Strings(texts) => texts.clone(),
        ContextValue::StyledStr(text) => vec![text.to_string()],
        ContextValue::StyledStrs(texts) => texts.iter().map(ToString::to_string).collect(),
        ContextValue::Number(number) => vec![number.to_string()],
        _ => Vec::new(),
    }
    .into_iter()
    .filter(|text| !text.is_empty())
    .collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{cli::command, language::Language};

    #[test]
    fn a_mistyped_command_is_told_in_chinese_with_what_could_be_meant() {
        for (line, says) in [
            ("linli evalute", &["没有命令“evalute”", "evaluate"][..]),
            ("linli evaluate --unti 3211", &["--unti", "--unit", "用法：", "--help"]),
            ("linli evaluate --as-of soon", &["--as-of", "soon", "有误"]),
            ("linli evaluate --unit", &["--unit", "缺少取值"]),
            ("linli person place 110", &["缺少", "--from", "--form"]),
            (
                "linli return --month 2026-10 --form other",
                &["--form", "不能是“other”", "monthly", "register"],
            ),
            ("linli ledger L05 --csv --xlsx a.xlsx", &["--csv", "不能与", "--xlsx"]),
            ("linli evaluate --anew --anew", &["--anew", "只能给一次"]),
            ("linli revoke 0123", &["缺少"]),
        ] {
            let error = command(Language::Chinese).try_get_matches_from(line.split(' ')).expect_err(line);
            let told = chinese(&error).unwrap_or_else(|| panic!("{line}: {error}"));
            assert!(says.iter().all(|text| told.contains(text)), "{line}: {told}");
            assert!(told.starts_with("错误: ") && !told.contains("error"), "{line}: {told}");
        }
        for line in ["linli --help", "linli evaluate --help", "linli --version"] {
            let error = command(Language::Chinese).try_get_matches_from(line.split(' ')).expect_err(line);
            assert_eq!(chinese(&error), None, "{line}");
        }
    }
}
