//! The help in Chinese: what stands in the code in English, by command and by argument.

use clap::Command;

const ABOUT: &str = "社区一户一卡与就业台账：有网无网都能录入，由街道、区县、市逐级汇总、评估和核验。";

/// Commands by the path of their names.
const COMMANDS: &[(&str, &str)] = &[
    ("card", "查看或更改户卡"),
    ("card list", "列出户卡"),
    ("card show", "查看户卡：成员、目前情况、待定冲突"),
    ("card set", "更改户卡；值为空即清空该项"),
    ("card merge", "把户卡并入另一户卡"),
    ("card split", "把户卡上的部分人员分出，另建户卡"),
    ("card undo", "撤销并户或分户"),
    ("card new", "建卡；不给编号则取下一个"),
    ("person", "查看或更改人员：状况、就业、困难认定"),
    ("person show", "查看人员的全部记录"),
    ("person new", "把人员加入户卡"),
    ("person set", "更改人员；值为空即清空该项"),
    ("person status", "登记新的状况、能力、愿望或居住状态；原有的到前一天为止"),
    ("person place", "登记就业，此后状况为在业"),
    ("person leave", "终止未结束的就业"),
    ("person certify", "登记就业困难认定"),
    ("conflicts", "列出两台设备各自写入、尚待选定的字段，并选定"),
    ("conflicts settle", "写入正确的值"),
    ("move", "把人员迁往其他社区，答复迁移申请"),
    ("move offer", "申请把人员迁往其他社区；答复之前仍计入本社区"),
    ("move list", "列出本单位迁出、迁入的申请及答复"),
    ("move accept", "同意迁入，把人员加入户卡"),
    ("move refuse", "不同意迁入"),
    ("visit", "登记走访"),
    ("attach", "附上照片、扫描件作为证明，列出和取来"),
    ("attach add", "把照片、扫描件或 PDF 附于户卡、人员或检查结果"),
    ("attach list", "列出附件及本机所有的部分"),
    ("attach fetch", "索取附件：下次同步时取来"),
    ("attach save", "把附件写成文件"),
    ("attach limits", "查看或设定附件可占的空间和自动取来的大小"),
    ("import", "从电子表格导入户卡和人员"),
    ("export", "把户卡和人员导出为电子表格"),
    ("ledger", "打印台账"),
    ("market", "与劳动力市场交换：收进用工信息，送出求职与推荐"),
    ("market import", "收进一批用工信息"),
    ("market export", "送出求职者、推荐或推荐结果，默认去标识"),
    ("sync", "与上级同步一次"),
    ("serve", "与上级保持连接"),
    ("status", "查看本机和各级收到的进度"),
    ("join", "用邀请码加入；没有网络时用文件"),
    ("hubs", "查看或更改本机的上级及其先后"),
    ("hubs list", "按连接的先后列出上级"),
    ("hubs add", "增加上级，或更改其地址"),
    ("hubs remove", "不再以其为上级"),
    ("hub", "设立、运行上级机器，或执行夜间任务"),
    ("hub init", "设立机器：市级由根授权，其余凭邀请码"),
    ("hub serve", "运行，直到按 Ctrl-C"),
    ("hub nightly", "裁定各单位自身无法判断的事项，并给下属全部单位评分"),
    ("invite", "邀请设备加入"),
    ("grant", "答复以文件送来的加入申请"),
    ("devices", "列出有授权的设备"),
    ("revoke", "吊销设备"),
    ("held", "列出未生效条目，说明原因，重写"),
    ("held list", "列出未生效条目及原因"),
    ("held why", "说明条目在等什么、因何被拒"),
    ("held release", "全部重新判定"),
    ("held reauthor", "由本机按现状重写条目"),
    ("erase", "从所有设备上删除户卡或人员"),
    ("bundle", "用 U 盘传送数据"),
    ("bundle export", "写出某单位设备尚未收到的内容，加密给它们"),
    ("bundle import", "收入数据包；重复收入无妨"),
    ("assess", "创建程序：申报、初审、检查、评估、公示、认定"),
    ("assess declare", "申报本单位达标，附自评分"),
    ("assess withdraw", "在认定之前撤回申报"),
    ("assess review", "初审：社区由街道、街道由区县办理"),
    ("assess check", "区县逐项检查，附评分"),
    ("assess inspect", "市检查评估，由评分决定是否达标"),
    ("assess publish", "市公示已申报并达标的单位"),
    ("assess object", "登记、受理、答复对公示单位的异议"),
    ("assess decide", "公示期满、异议办结后认定"),
    ("assess recheck", "对已认定单位的年度复查"),
    ("assess order", "责令复查不合格的单位限期整改"),
    ("assess end", "摘牌：弄虚作假、逾期未整改、失效、撤并"),
    ("assess appeal", "对某项某对象或认定结果申诉；上级答复申诉"),
    ("assess sample", "按种子抽取检查对象"),
    ("assess status", "各单位目前状态、应办事项、由谁办、期限"),
    ("evaluate", "按标准评分"),
    ("explain", "列出评分所依据的每个人和每件事"),
    ("report", "生成创建工作情况汇报"),
    ("findings", "列出需核实的情况：重复计入、缺少证明、台账矛盾等"),
    ("standard", "查看标准和检查点"),
    ("standard list", "列出内置和发布的标准，以及各自在某一考核期的效力"),
    ("standard publish", "市、区县向下级发布标准"),
    ("standard show", "查看标准的项目"),
    ("standard checks", "列出需检查人员作答的检查点"),
    ("standard export", "把标准写成文本文件，以便修改"),
    ("standard check", "检查标准的文本文件：分值、规则和各数据库通用的 SQL"),
    ("bench", "测量本机处理一座城市的时间"),
    ("bench evaluate", "评估虚构的城市：全市、一个社区变动后、一个项目、一页台帐"),
    ("return", "填报月报或街道总册，数值由记录重算"),
    ("record", "登记户卡、人员以外的各项工作：岗位、服务、报表、检查结果等"),
    ("snapshot", "制作、核验、查看或比较快照"),
    ("snapshot create", "制作快照；一般设备向上级索取"),
    ("snapshot verify", "从首字节到末项评分逐一核验；只需文件和域编号"),
    ("snapshot recompute", "用本机现有数据复算早先快照的评分：相符、不符，或因删除无法复算"),
    ("snapshot show", "查看快照自述，不核验"),
    ("snapshot diff", "比较两份快照"),
    ("unit", "列出单位，或把单位划归另一上级"),
    ("unit list", "列出单位及其今日所属"),
    ("unit move", "自某日起把单位划归另一上级"),
    ("realm rotate", "更换根密钥"),
    ("realm", "建立域：一个城市，一把根密钥"),
    ("realm init", "由单位名册建立新域的离线根"),
    ("realm show", "查看本机所属的域"),
    ("doctor", "检查本机数据"),
    ("generate", "为本社区或全市生成虚构人员，供试用"),
    ("demo", "在一台机器上演示整个城市"),
];

/// Arguments by their name; those that mean another thing in a command stand under its path too.
const ARGUMENTS: &[(&str, &str)] = &[
    ("assess declare report", "自评报告文件"),
    ("year", "创建年度；不给则为最近一个 10 月 31 日所在年度"),
    ("number", "文号"),
    ("note", "意见或查明的情况"),
    ("fails", "无论记录如何，认定未达标"),
    ("workdays", "公示工作日数；不给则按规定"),
    ("newspaper", "刊登报纸"),
    ("newspaper_day", "刊登日期"),
    ("title", "标题"),
    ("assess publish all", "所有已申报、已达标而未公示的单位"),
    ("assess publish unit", "公示单位，可重复给出"),
    ("assess sample item", "项目：C06，街道样本为 S06"),
    ("assess appeal item", "所申诉的项目；不给则对认定结果申诉"),
    ("assess appeal reason", "理由"),
    ("assess appeal subject", "对象，编号见 `linli explain --json`"),
    ("assess sample seed", "随机种子；不给则随机"),
    ("assess sample size", "抽取人数；不给则按规定"),
    ("assess sample by", "检查人"),
    ("assess sample show", "只显示，不登记"),
    ("assess status on", "截至哪一天"),
    ("assess declare day", "文书日期"),
    ("assess withdraw day", "文书日期"),
    ("assess review day", "文书日期"),
    ("assess check day", "文书日期"),
    ("assess inspect day", "文书日期"),
    ("assess publish day", "文书日期"),
    ("assess object day", "文书日期"),
    ("assess decide day", "文书日期"),
    ("assess recheck day", "文书日期"),
    ("assess order day", "文书日期"),
    ("assess end day", "文书日期"),
    ("assess appeal day", "文书日期"),
    ("assess sample day", "文书日期"),
    ("assess review unit", "所针对的单位"),
    ("assess check unit", "所针对的单位"),
    ("assess inspect unit", "所针对的单位"),
    ("assess object unit", "所针对的单位"),
    ("assess decide unit", "所针对的单位"),
    ("assess recheck unit", "所针对的单位"),
    ("assess order unit", "所针对的单位"),
    ("assess end unit", "所针对的单位"),
    ("assess appeal unit", "所针对的单位"),
    ("assess sample unit", "所针对的单位"),
    ("assess status unit", "单位，含其下属；不给则为本机所属单位"),
    ("data", "本机数据所在目录"),
    ("json", "以 JSON 回答，供程序使用"),
    ("verbose", "输出更多运行信息；可重复"),
    ("help", "显示帮助"),
    ("version", "显示版本"),
    ("unit", "单位，如 3211/02/001/001 或 321102001001；不给则为本机单位"),
    ("invite unit", "设备代表的单位"),
    ("grant unit", "设备代表的单位"),
    ("hub init unit", "机器所属单位，与 --root 同用"),
    ("bench evaluate communities", "列入创建的社区数"),
    ("bench evaluate households", "全部社区的户数"),
    ("bench evaluate directory", "运行时数据库所在目录；不给则为系统临时目录"),
    ("return month", "月份，如 2026-10"),
    ("return form", "monthly 月报，或 register 街道总册"),
    ("return by", "填报人"),
    ("return show", "只显示数值，不填报"),
    ("record unit", "所登记的单位；不给则为本机单位"),
    ("record what", "登记什么，中文或英文名称；不给则列出全部"),
    ("record of", "属于谁：身份号码、户卡编号或文档编号"),
    ("record document", "修改此文档，而不是新增"),
    ("record key", "修改文档中的此项，而不是新增"),
    ("record space", "可登记在几处时，登记在哪里：records、oversight 或 notices"),
    ("conflicts settle document", "文档的前几位，见 `linli conflicts`"),
    ("conflicts settle field", "字段；文档有几项时写 字段@项"),
    ("conflicts settle value", "正确的值"),
    ("move offer to", "迁入的社区"),
    ("offer", "申请的前几位，见 `linli move list`"),
    ("take", "取列表中的第几个值"),
    ("history", "改为列出历次更改：时间、设备、原值和新值"),
    ("why", "查看个人信息的理由，记录在案"),
    ("card_no", "户卡编号"),
    ("card", "户卡编号"),
    ("into", "并入的户卡编号"),
    ("relations", "在并入户卡上与户主的关系：身份号码=关系；不给则为其他亲属"),
    ("people", "分出的人员及其在新户卡上的关系：身份号码=关系，其中一人为户主"),
    ("id_no", "公民身份号码"),
    ("fields", "项目=值，项目名可用中文或英文"),
    ("relation", "与户主关系：户主、配偶、02 等"),
    ("code", "代码或名称"),
    ("join code", "上级给出的邀请码"),
    ("max_rate", "每秒最多发送多少字节，如 64000 或 64k；会记住，off 取消"),
    ("window", "大量数据可传送的时段，如 22:00-06:00；会记住，off 取消"),
    ("metered", "按流量计费：只交换授权、通知和回执；会记住，off 取消"),
    ("slow_link", "网络很慢：发送前压缩到最小，每秒不超过 262144 字节时本来就如此；会记住，off 取消"),
    ("proxy", "UDP 不通时经由的 HTTP 代理，主机:端口；会记住，off 取消"),
    ("peer", "不找上级，直接与此地址的设备同步"),
    ("sync lan", "与局域网内找到的同社区设备同步；给出地址则只用该地址的网卡"),
    ("serve lan", "在局域网内寻找同社区设备，也供其寻找；给出地址则只用该地址的网卡"),
    ("hubs add address", "上级的地址"),
    ("hubs add hub", "上级：编号的前几位或名称，见 `linli devices`"),
    ("hubs remove hub", "上级：编号的前几位或名称，见 `linli devices`"),
    ("hubs add first", "先于其余连接"),
    ("since", "从哪天起"),
    ("dimension", "类别：status 状况、ability 能力、wish 愿望、residence 居住"),
    ("reason", "原因，代码或名称"),
    ("revoke reason", "理由，记录在案"),
    ("erase what", "户卡编号、人员的身份号码，或 32 位文档编号"),
    ("erase reason", "理由，记录在案"),
    ("erase yes", "确认删除；不加则只显示将删除什么"),
    ("erase list", "列出已删除的内容、由谁、因何"),
    ("moved", "单位，按其记录的名称"),
    ("unit move to", "此后的路径：在新上级之下"),
    ("unit move from", "自哪天起，如 2027-01-01"),
    ("next", "下一任根密钥的文件"),
    ("revoke yes", "确认吊销；用 --since-compromise 而不加此项，则只显示将失效的条目"),
    ("held list unit", "只列关于此单位及其下属的条目"),
    ("held list device", "只列此设备的条目：编号的前几位或名称"),
    ("held list all", "包括已重写的"),
    ("entry", "条目的前几位，见 `linli held list`"),
    ("entries", "条目的前几位，见 `linli held list`"),
    ("status entries", "列出本机最近的条目及各级何时收到；不给数目则为 20"),
    ("held reauthor all", "所有可重写的，按到达先后"),
    ("held reauthor device", "其中只重写此设备的条目"),
    ("former_employer", "原单位"),
    ("certificate", "登记证号"),
    ("evidence", "证明"),
    (
        "person place evidence",
        "证明：contract 合同、insurance 社保、licence 执照、aid_post 公益岗协议、flexible 灵活就业申报",
    ),
    ("evidence_ref", "证明编号"),
    ("origin", "来源：event 日常、import 首次导入、transfer 转入、correction 更正"),
    ("from", "就业第一天"),
    ("snapshot create from", "向此地址的上级索取"),
    ("form", "就业形式：10 单位、20 自主创业、30 灵活、40 公益性岗位、90 其他"),
    ("employer", "单位"),
    ("pay", "月收入（元）"),
    ("keep_status", "不改变状况"),
    ("on", "最后一天"),
    ("person leave why", "终止原因"),
    ("status", "次日起的状况：2 登记失业、4 未登记失业等"),
    ("category", "困难类别，代码或名称"),
    ("worker", "援助责任人"),
    ("day", "日期"),
    ("how", "方式：home 上门、phone 电话、office 来访"),
    ("result", "结果"),
    ("by", "走访人"),
    ("verified", "走访时已核实户卡"),
    ("file", "文件"),
    ("kind", "哪种表：placement 就业、visit 走访、vacancy 用工、dwelling 住房、staff 工作人员；不给则看表头"),
    (
        "export kind",
        "哪种表：placement 就业、visit 走访、vacancy 用工、dwelling 住房、staff 工作人员；不给则为户卡和人员",
    ),
    ("market import reject", "把未收进的行及原因写到此 CSV 文件"),
    ("market export what", "送出什么：seekers 求职者、referrals 推荐、results 推荐结果"),
    ("market export full", "不去标识：写明姓名和号码，须用 --why 说明理由"),
    ("market export csv", "输出 CSV；不给则为表格"),
    ("template", "写出空白工作簿供填写"),
    ("out", "写到哪个文件"),
    ("csv", "输出 CSV"),
    ("request", "把加入申请写到此文件，供无网络时使用"),
    ("grant request", "`linli join --request` 写出的文件"),
    ("grant", "取用上级写出的授权文件"),
    ("label", "设备或机器的称呼"),
    ("root", "根目录：用于市级机器"),
    ("invite", "上级机器的邀请码：用于其余各级"),
    ("listen", "监听地址；会记住"),
    ("ledger name", "台账（如 L05）或明细表；不给则列出全部"),
    ("ledger as_of", "截止日期；不给则为今天"),
    ("ledger known", "只看此日前录入的；不给则为今天"),
    ("ledger xlsx", "写成可打印的工作簿"),
    ("ledger parquet", "写成 Parquet 文件，供程序使用"),
    ("report unit", "汇报单位及其下级；不给则为本机所属单位"),
    ("report year", "创建年度；不给则为上一个10月31日所在年度"),
    ("report on", "截至此日的情况"),
    ("report html", "写成网页"),
    ("report docx", "写成 Word 文档"),
    ("report template", "改用另一份文字稿"),
    ("report number", "只看一个数值及其查询或命令"),
    ("findings as_of", "截止日期；不给则为今天"),
    ("findings known", "只看此日前录入的；不给则为今天"),
    ("trap", "只列此项检查的结果"),
    ("as_of", "期末日；不给则为最近的 10 月 31 日"),
    ("start", "期初日；不给则为前一个 11 月 1 日"),
    ("close", "录入截止日；不给则为今天"),
    ("rights", "权限：clerk 录入、hub 上级机器、auditor 审计，或以 + 连接"),
    ("address", "本机可被连接的地址，若与监听地址不同；会记住"),
    ("join address", "签发授权的上级机器地址，有网络时使用"),
    ("days", "邀请码有效天数"),
    ("until", "授权截止日；不给则到吊销为止"),
    ("qr", "同时显示二维码"),
    ("device", "设备：编号的前几位或称呼，见 `linli devices`"),
    ("since_compromise", "密钥已落入他人之手：上级已收到的也撤销"),
    ("keep_nothing", "该设备写过的一概不保留"),
    ("to", "文件，或在其中新建文件的目录"),
    ("paths", "数据包；分份的数据包可只给出共同的名称"),
    ("split", "分成多份，每份不超过此大小，如 25MB；名为 PATH.1、PATH.2 ……"),
    ("bundle export all", "对方已确认收到的也写出"),
    ("bundle export attachments", "本机已有的照片和扫描件也写出"),
    ("document", "户卡编号、公民身份号码或 32 位文档编号"),
    ("attach add file", "JPEG、PNG、WebP、HEIC、TIFF 或 PDF 文件"),
    ("about", "所证的就业、走访等事项"),
    ("sha256", "摘要或其前几位，见 `linli attach list`"),
    ("attach save to", "文件"),
    ("quota", "本机附件最多可占的字节数，如 20GB"),
    ("fetch_up_to", "下属单位不超过此大小的附件自动取来；0 为不取"),
    ("item", "项目：C01 至 C20，S01 至 S17"),
    ("misses", "只列不符合和待检查的"),
    ("id", "标准，或级别：community 社区、street 街道"),
    ("what", "finding 检查结果、disproof 不实认定、profile 单位情况、dwelling 住房"),
    ("realm", "域编号，由 `linli realm show` 显示；请从文件以外的途径取得"),
    ("first", "前一份快照"),
    ("second", "后一份快照"),
    ("units", "全市单位 CSV：code,level,name,parent,programme"),
    ("rebuild", "由日志重建文档和台账并比较"),
    ("repack", "把许多小段并成少数满段，压得更紧"),
    ("all", "包括已吊销的"),
    ("households", "户数"),
    ("seed", "换一个数，换一批人"),
    ("preset", "在市级服务器生成全市：source 按材料所述结果，city 仅求近似；不给则为一个社区"),
    ("generate households", "每个社区的户数；不给则为 100，全市则为 40"),
    (
        "quality",
        "社区状况：good、stale-placements、hardship-missed、stale-cards、cards-missing、zero-employment",
    ),
    ("communities", "社区数"),
    ("directory", "数据目录；不给则新建临时目录"),
];

/// The same command line, explained in Chinese.
pub fn translated(command: Command) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let mut command = arguments(command.about(ABOUT), "");
    for name in names {
        command = command.mut_subcommand(&name, |sub| below(sub, &name));
    }
    command
}

fn below(command: Command, path: &str) -> Command {
    let names: Vec<String> = command.get_subcommands().map(|c| c.get_name().to_owned()).collect();
    let mut command = arguments(command, path);
    if let Some(about) = of(COMMANDS, path) {
        command = command.about(about).long_about(None);
    }
    for name in names {
        let path = format!("{path} {name}");
        command = command.mut_subcommand(&name, |sub| below(sub, &path));
    }
    command
}

fn arguments(command: Command, path: &str) -> Command {
    command.mut_args(|argument| {
        let id = argument.get_id().to_string();
        match of(ARGUMENTS, &format!("{path} {id}")).or_else(|| of(ARGUMENTS, &id)) {
            Some(help) => argument.help(help).long_help(None),
            None => argument,
        }
    })
}

fn of(texts: &[(&str, &'static str)], path: &str) -> Option<&'static str> {
    texts.iter().find(|(known, _)| *known == path).map(|(_, text)| *text)
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;
    use crate::cli::Cli;

    fn every(command: &Command, path: &str, found: &mut Vec<String>) {
        for sub in command.get_subcommands() {
            let path = format!("{path} {}", sub.get_name()).trim().to_owned();
            if of(COMMANDS, &path).is_none() {
                found.push(path.clone());
            }
            every(sub, &path, found);
        }
        for argument in command.get_arguments() {
            let id = argument.get_id().as_str();
            if of(ARGUMENTS, &format!("{path} {id}")).or_else(|| of(ARGUMENTS, id)).is_none() {
                found.push(format!("{path} {id}"));
            }
        }
    }

    #[test]
    fn every_command_and_argument_is_explained_in_chinese() {
        let mut missing = Vec::new();
        every(&Cli::command(), "", &mut missing);
        assert!(missing.is_empty(), "{missing:?}");
    }
}
