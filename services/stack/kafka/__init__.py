"""Apache Kafka 4.1.1 as one KRaft broker, assembled from Maven Central."""
