//! What a unit publishes for everyone below it: units, standards and scorecards.

use linli_wire::Channel;

use super::FieldType::{Code, Content, Date, Flag, Text, Unit};
use super::{Collection, Key, Kind, fields};
use crate::codes;

/// One unit of the realm, in the city's notices. There is one document a path.
pub static UNIT: Kind = Kind {
    code: 8,
    name: "unit",
    zh: "单位",
    en: "unit",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: Some("path"),
    required: &[],
    fields: fields![
        "path" "单位路径" "unit path" Unit;
        "code" "区划代码" "division code" Text;
        "level" "级别" "level" Code(&codes::LEVEL);
        "name" "名称" "name" Text;
        "parent" "上级单位" "parent unit" Unit;
        "programme" "列入创建" "in the programme" Flag;
        "reason" "不列入原因" "why it is left out" Text;
        "start" "设立日期" "from" Date;
        "end" "撤并日期" "last day" Date;
        "successor" "并入单位" "unit that goes on in its place" Unit;
        "predecessor" "分自单位" "unit that it was split from" Unit;
    ],
    collections: &[],
};

/// A published standard: the files of a pack, as they stand under `protocol/standards`.
pub static STANDARD: Kind = Kind {
    code: 9,
    name: "standard",
    zh: "创建标准",
    en: "standard",
    schema: 1,
    channels: &[Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &[],
    fields: fields![
        "standard" "标准" "standard" Text;
        "version" "版本" "version" Text;
        "hash" "摘要" "hash of the pack" Text;
    ],
    collections: &[Collection {
        name: "files",
        zh: "文件",
        en: "files",
        key: Key::Name,
        since: 1,
        fields: fields![
            "content" "内容" "content" Content;
        ],
    }],
};

/// The outcome of one evaluation of one unit: in the evaluator's own records while it is a draft, in
/// its notices once everyone below is to see it.
pub static SCORECARD: Kind = Kind {
    code: 10,
    name: "scorecard",
    zh: "评分卡",
    en: "scorecard",
    schema: 1,
    channels: &[Channel::Records, Channel::Notices],
    singleton: false,
    keyed_by: None,
    required: &[],
    fields: fields![
        "subject" "被评单位" "unit evaluated" Unit;
        "standard" "标准" "standard" Text;
        "standard_hash" "标准摘要" "hash of the standard" Text;
        "as_of" "截止日" "as of" Date;
        "frontier" "数据范围" "frontier" Content;
        "content" "内容" "scorecard" Content;
        "official" "正式" "official" Flag;
    ],
    collections: &[],
};
