"""One broker that is its own controller, on the loopback address, with everything replicated once."""

from __future__ import annotations

from pathlib import Path

from services.stack.fault import StackFault
from services.stack.folder import Folder
from services.stack.kafka import jars
from services.stack.processes import call, reason

PROPERTIES = """\
process.roles=broker,controller
node.id=1
controller.quorum.bootstrap.servers=127.0.0.1:{controller}
listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}
controller.listener.names=CONTROLLER
inter.broker.listener.name=PLAINTEXT
listener.security.protocol.map=CONTROLLER:PLAINTEXT,PLAINTEXT:PLAINTEXT
log.dirs={data}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=4
offsets.retention.minutes=43200
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=4
share.coordinator.state.topic.replication.factor=1
share.coordinator.state.topic.min.isr=1
group.initial.rebalance.delay.ms=0
num.network.threads=2
num.io.threads=2
log.cleaner.dedupe.buffer.size=16777216
"""
JVM = ("-Xms256m", "-Xmx512m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Djava.awt.headless=true")


def prepare(folder: Folder, cluster: str, port: int, controller: int) -> list[str]:
    """Format the log where it is new, and return the command that runs the broker. Raises StackFault."""
    java = jars.java()
    if java is None:
        raise StackFault("Apache Kafka needs Java 17 or newer", "install it, or use --broker tansu")
    data = folder.data / "kafka"
    properties = folder.write(
        "data/kafka.properties", PROPERTIES.format(port=port, controller=controller, data=data)
    )
    logging = Path(__file__).with_name("log4j2.properties")
    run = [java, *JVM, f"-Dlog4j2.configurationFile={logging}", "-cp", f"{jars.fetch()}/*"]
    if not (data / "meta.properties").exists():
        _format(run, properties, cluster)
    return [*run, "kafka.Kafka", str(properties)]


def _format(run: list[str], properties: Path, cluster: str) -> None:
    command = [*run, "kafka.tools.StorageTool", "format", "--standalone", "--ignore-formatted"]
    status, told = call([*command, "-t", cluster, "-c", str(properties)])
    if status:
        raise StackFault(
            f"Kafka could not make its log: {reason(told)}",
            "free some disk space, or remove the folder of the stack and start anew",
        )
