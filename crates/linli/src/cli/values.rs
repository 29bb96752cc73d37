//! Values on the command line: units, days, addresses, rights.

use std::net::{IpAddr, SocketAddr, ToSocketAddrs as _};

use linli_log::Rights;
use linli_model::date;
use linli_wire::{Channel, UnitPath};

use crate::language::Language;

/// What is wrong with a value, in the language of whoever typed it: values are read before anything else is there.
pub fn said(zh: String, en: String) -> String {
    match Language::from_environment() {
        Language::Chinese => zh,
        Language::English => en,
    }
}

/// The network interfaces to use: all, or that of one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Interface(pub Option<IpAddr>);

pub fn interface(text: &str) -> Result<Interface, String> {
    match text {
        "all" => Ok(Interface(None)),
        address => address.parse().map(|address| Interface(Some(address))).map_err(|_| {
            said(
                format!("“{address}”不是网络接口的地址，请写成 192.168.1.20 的样子，或 all"),
                format!(
                    "`{address}` is no address of a network interface; give one like 192.168.1.20, or `all`"
                ),
            )
        }),
    }
}

/// A unit by path (`3211/02/001/001`) or by division code (`321102001001`).
pub fn unit(text: &str) -> Result<UnitPath, String> {
    let zh = || format!("“{text}”不是单位，请写成 3211/02/001/001 或 321102001001 的样子");
    if text.contains('/') {
        text.parse().map_err(|error: linli_wire::UnitPathError| said(zh(), error.to_string()))
    } else {
        UnitPath::from_code(text)
            .map_err(|error| said(zh(), format!("{error}; write it like 3211/02/001/001 or 321102001001")))
    }
}

/// A date in any of its usual forms, as ISO text; `today` is one too.
pub fn day(text: &str) -> Result<String, String> {
    if matches!(text, "today" | "今天") {
        return Ok(linli_node::as_of_today());
    }
    date::parse(text).map(date::to_iso).map_err(|error| said(error.zh().to_owned(), error.to_string()))
}

/// `host:port`, the host a name or an address.
pub fn address(text: &str) -> Result<SocketAddr, String> {
    if let Ok(address) = text.parse() {
        return Ok(address);
    }
    let shape = || {
        said(
            format!("“{text}”不是地址，请写成 192.168.1.10:7311 或 hub.example.cn:7311 的样子"),
            format!("`{text}` is no address; write it like 192.168.1.10:7311 or hub.example.cn:7311"),
        )
    };
    let mut found = text.to_socket_addrs().map_err(|error| format!("{}: {error}", shape()))?;
    found.next().ok_or_else(shape)
}

pub fn rights(text: &str) -> Result<Rights, String> {
    text.parse().map_err(|error: String| said(format!("“{text}”不是权限：{error}"), error))
}

/// A channel by its name.
pub fn channel(text: &str) -> Result<Channel, String> {
    [Channel::Records, Channel::Oversight, Channel::Notices]
        .into_iter()
        .find(|channel| channel.as_str() == text)
        .ok_or_else(|| none_of(text, "records, oversight, notices"))
}

/// A list that a spreadsheet may be of, by its name.
pub fn list(text: &str) -> Result<&'static linli_workbook::lists::List, String> {
    use linli_workbook::lists::{by_name, lists};
    by_name(text).ok_or_else(|| {
        let known: Vec<&str> = lists().iter().map(|list| list.name).collect();
        none_of(text, &known.join(", "))
    })
}

/// A word that is not among those that are known.
pub fn none_of(text: &str, known: &str) -> String {
    said(format!("没有“{text}”，可填：{known}"), format!("`{text}` is none of {known}"))
}

/// `field=value`; an empty value empties the field.
pub fn assignment(text: &str) -> Result<(String, String), String> {
    let (field, value) = text.split_once('=').or_else(|| text.split_once('＝')).ok_or_else(|| {
        said(
            format!("“{text}”中没有等号，请写成 phone=13800000000 的样子"),
            format!("`{text}` has no =; write it like phone=13800000000"),
        )
    })?;
    Ok((field.trim().to_owned(), value.trim().to_owned()))
}

/// A size in bytes, `25MB` or `700MiB`.
pub fn size(text: &str) -> Result<u64, String> {
    let wrong = || {
        said(
            format!("“{text}”不是大小，请写成 25MB 或 700MiB 的样子"),
            format!("`{text}` is no size; write it like 25MB or 700MiB"),
        )
    };
    let trimmed = text.trim();
    let digits = trimmed.find(|c: char| !c.is_ascii_digit()).unwrap_or(trimmed.len());
    let (number, unit) = trimmed.split_at(digits);
    let factor: u64 = match unit.trim().to_ascii_lowercase().as_str() {
        "" | "b" => 1,
        "kb" | "k" => 1_000,
        "mb" | "m" => 1_000_000,
        "gb" | "g" => 1_000_000_000,
        "kib" => 1 << 10,
        "mib" => 1 << 20,
        "gib" => 1 << 30,
        _ => return Err(wrong()),
    };
    number.parse::<u64>().ok().and_then(|number| number.checked_mul(factor)).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn units_are_read_by_path_and_by_code() {
        for text in ["3211/02/001/001", "321102001001"] {
            assert_eq!(unit(text).map(|u| u.to_string()).as_deref(), Ok("3211/02/001/001"));
        }
        assert!(unit("32").is_err_and(|error| error.contains("3211/02")));
    }

    #[test]
    fn days_are_stored_in_one_form() {
        assert_eq!(day("2026年10月1日").as_deref(), Ok("2026-10-01"));
        assert!(day("soon").is_err());
    }

    #[test]
    fn an_assignment_may_empty_a_field_and_hold_further_signs() {
        assert_eq!(assignment("phone="), Ok(("phone".to_owned(), String::new())));
        assert_eq!(assignment("address=A=B"), Ok(("address".to_owned(), "A=B".to_owned())));
        assert!(assignment("phone").is_err());
    }

    #[test]
    fn an_address_that_is_none_says_how_one_looks() {
        assert!(address("127.0.0.1:7311").is_ok());
        assert!(address("127.0.0.1").is_err_and(|error| error.contains("192.168.1.10:7311")));
    }

    #[test]
    fn sizes_are_read_with_and_without_their_units() {
        for (text, bytes) in [
            ("25MB", Some(25_000_000)),
            ("2 MiB", Some(2 << 20)),
            ("7", Some(7)),
            ("1g", Some(1_000_000_000)),
        ] {
            assert_eq!(size(text).ok(), bytes, "{text}");
        }
        for text in ["", "MB", "25 parsecs", "-1", "99999999999999999999", "99999999999GB"] {
            assert!(size(text).is_err_and(|error| error.contains("25MB")), "{text}");
        }
    }
}
