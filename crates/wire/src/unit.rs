//! Units and spaces: who stands above whom, and which log belongs where.

use std::{fmt, str::FromStr};

use thiserror::Error;

/// The level of a unit, from the length of its path.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    City,
    District,
    Street,
    Community,
}

impl Level {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::City => "city",
            Self::District => "district",
            Self::Street => "street",
            Self::Community => "community",
        }
    }
}

impl fmt::Display for Level {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// Why a text is not a unit path.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
pub enum UnitPathError {
    #[error("a unit path has 1 to 4 parts, `{0}` has {1}")]
    Depth(String, usize),
    #[error("part {index} of the unit path `{path}` is {expected} digits (like 3211/02/001/001)")]
    Part { path: String, index: usize, expected: usize },
}

/// The digits of each part: city 4, district 2, street 3, community 3.
const PART_DIGITS: [usize; 4] = [4, 2, 3, 3];

/// The path of a unit: `3211/02/001/001`. An ancestor is a prefix of *parts*, never of characters.
///
/// Because every part has a fixed length, ordering by text puts a unit right before its descendants.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnitPath(String);

impl UnitPath {
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// How many parts: 1 for the city, 4 for a community.
    pub fn depth(&self) -> usize {
        self.0.split('/').count()
    }

    pub fn level(&self) -> Level {
        match self.depth() {
            1 => Level::City,
            2 => Level::District,
            3 => Level::Street,
            _ => Level::Community,
        }
    }

    /// The unit that this one lies in; `None` for the city.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('/').map(|(parent, _)| Self(parent.to_owned()))
    }

    /// The unit right below this one that has the last part of `named`.
    pub(crate) fn child_of_same_name(&self, named: &Self) -> Self {
        let part = named.0.rsplit('/').next().expect("a path has a last part");
        Self(format!("{}/{part}", self.0))
    }

    /// The unit above this one at `level`, or itself.
    pub fn at_level(&self, level: Level) -> Option<Self> {
        let mut unit = self.clone();
        while unit.level() > level {
            unit = unit.parent()?;
        }
        (unit.level() == level).then_some(unit)
    }

    /// Whether this unit lies strictly above `other`.
    pub fn is_above(&self, other: &Self) -> bool {
        other.0.len() > self.0.len()
            && other.0.starts_with(&self.0)
            && other.0.as_bytes()[self.0.len()] == b'/'
    }

    /// Whether this unit is `other` or lies above it.
    pub fn covers(&self, other: &Self) -> bool {
        self == other || self.is_above(other)
    }

    /// The lowest unit that covers both; `None` where they lie in different cities.
    pub fn lowest_cover(&self, other: &Self) -> Option<Self> {
        let mut unit = Some(self.clone());
        while let Some(candidate) = unit {
            if candidate.covers(other) {
                return Some(candidate);
            }
            unit = candidate.parent();
        }
        None
    }

    /// Reads a division code without slashes, `321102001001`: 4, 6, 9 or 12 digits.
    pub fn from_code(code: &str) -> Result<Self, UnitPathError> {
        let mut path = String::with_capacity(code.len() + 3);
        let mut rest = code;
        for digits in PART_DIGITS {
            if rest.is_empty() {
                break;
            }
            let Some((part, tail)) = rest.split_at_checked(digits) else {
                return Err(UnitPathError::Part {
                    path: code.to_owned(),
                    index: path.split('/').count(),
                    expected: digits,
                });
            };
            if !path.is_empty() {
                path.push('/');
            }
            path.push_str(part);
            rest = tail;
        }
        if !rest.is_empty() {
            return Err(UnitPathError::Depth(code.to_owned(), PART_DIGITS.len() + 1));
        }
        path.parse()
    }

    /// The division code: the path without its slashes.
    pub fn code(&self) -> String {
        self.0.replace('/', "")
    }
}

impl FromStr for UnitPath {
    type Err = UnitPathError;

    fn from_str(text: &str) -> Result<Self, UnitPathError> {
        let parts: Vec<&str> = text.split('/').collect();
        if parts.len() > PART_DIGITS.len() || text.is_empty() {
            return Err(UnitPathError::Depth(text.to_owned(), parts.len()));
        }
        for (index, (part, digits)) in parts.iter().zip(PART_DIGITS).enumerate() {
            if part.len() != digits || !part.bytes().all(|b| b.is_ascii_digit()) {
                return Err(UnitPathError::Part {
                    path: text.to_owned(),
                    index: index + 1,
                    expected: digits,
                });
            }
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for UnitPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A unit's channel. Who writes and who reads each is the whole access rule:
///
/// | channel | written by | read by |
/// |---|---|---|
/// | `records` | the unit | the unit and its ancestors |
/// | `oversight` | the unit's ancestors | the unit and its ancestors |
/// | `notices` | the unit | the unit, its ancestors and everything below it |
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Channel {
    Records,
    Oversight,
    Notices,
}

impl Channel {
    pub const fn code(self) -> u8 {
        match self {
            Self::Records => 1,
            Self::Oversight => 2,
            Self::Notices => 3,
        }
    }

    pub const fn from_code(code: u64) -> Option<Self> {
        match code {
            1 => Some(Self::Records),
            2 => Some(Self::Oversight),
            3 => Some(Self::Notices),
            _ => None,
        }
    }

    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Records => "records",
            Self::Oversight => "oversight",
            Self::Notices => "notices",
        }
    }
}

/// One unit's one channel.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space {
    pub unit: UnitPath,
    pub channel: Channel,
}

impl Space {
    pub const fn new(unit: UnitPath, channel: Channel) -> Self {
        Self { unit, channel }
    }

    /// Whether devices of `reader` hold this space.
    pub fn is_read_by(&self, reader: &UnitPath) -> bool {
        reader.covers(&self.unit) || (self.channel == Channel::Notices && self.unit.is_above(reader))
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.unit, self.channel.as_str())
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn unit(path: &str) -> UnitPath {
        path.parse().expect("a path in a test is one")
    }

    #[test]
    fn an_ancestor_is_a_prefix_of_parts() {
        let cases = [
            ("3211", "3211/02", true),
            ("3211", "3211/02/001/001", true),
            ("3211/02", "3211/02/001", true),
            ("3211/02", "3211/02", false),
            ("3211/02/001", "3211/02", false),
            ("3211/02", "3211/11/001", false),
        ];
        for (above, below, expected) in cases {
            assert_eq!(unit(above).is_above(&unit(below)), expected, "{above} above {below}");
        }
    }

    #[test]
    fn codes_and_paths_are_the_same_thing() {
        for (code, path) in [
            ("3211", "3211"),
            ("321102", "3211/02"),
            ("321102001", "3211/02/001"),
            ("321102001001", "3211/02/001/001"),
        ] {
            assert_eq!(UnitPath::from_code(code), Ok(unit(path)));
            assert_eq!(unit(path).code(), code);
        }
    }

    #[test]
    fn what_is_no_path_is_refused() {
        for text in
            ["", "32", "3211/2", "3211/02/01", "3211/02/001/001/001", "3211//001", "3211/0２", "3211/"]
        {
            assert!(text.parse::<UnitPath>().is_err(), "{text}");
        }
        for code in ["", "32110", "32110200100", "3211020010011", "32é102"] {
            assert!(UnitPath::from_code(code).is_err(), "{code}");
        }
    }

    #[test]
    fn the_lowest_cover_of_two_communities_is_where_their_paths_part() {
        let cases = [
            ("3211/02/001/001", "3211/02/001/002", Some("3211/02/001")),
            ("3211/02/001/001", "3211/02/002/001", Some("3211/02")),
            ("3211/02/001/001", "3211/11/001/001", Some("3211")),
            ("3211/02/001", "3211/02/001/002", Some("3211/02/001")),
            ("3211/02", "3210/02", None),
        ];
        for (a, b, cover) in cases {
            assert_eq!(unit(a).lowest_cover(&unit(b)), cover.map(unit));
        }
    }

    #[test]
    fn channels_are_read_by_whom_the_table_says() {
        let community = "3211/02/001/001";
        let cases = [
            (community, Channel::Records, "3211/02/001", true),
            (community, Channel::Records, "3211/02/001/002", false),
            ("3211/02/001", Channel::Records, community, false),
            (community, Channel::Oversight, community, true),
            ("3211", Channel::Notices, community, true),
            ("3211/02/001", Channel::Notices, "3211", true),
            ("3211/02/002", Channel::Notices, community, false),
        ];
        for (of, channel, reader, expected) in cases {
            let space = Space::new(unit(of), channel);
            assert_eq!(space.is_read_by(&unit(reader)), expected, "{space} read by {reader}");
        }
    }
}
