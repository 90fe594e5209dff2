package dev.computeserver.bus;

import com.fasterxml.jackson.databind.DeserializationFeature;
import io.vertx.core.buffer.Buffer;
import io.vertx.core.eventbus.MessageCodec;
import io.vertx.core.json.Json;
import io.vertx.core.json.jackson.DatabindCodec;
import java.nio.charset.StandardCharsets;

/** Carries one record type: as it is on one node, as JSON between nodes. Unknown fields are skipped, for rolling upgrades. */
final class RecordCodec<T extends Record> implements MessageCodec<T, T> {
  private static final byte VERSION = 1;

  static {
    DatabindCodec.mapper().configure(DeserializationFeature.FAIL_ON_UNKNOWN_PROPERTIES, false);
  }

  private final Class<T> type;

  RecordCodec(Class<T> type) {
    this.type = type;
  }

  @Override
  public void encodeToWire(Buffer wire, T message) {
    byte[] json = Json.encode(message).getBytes(StandardCharsets.UTF_8);
    wire.appendByte(VERSION).appendInt(json.length).appendBytes(json);
  }

  @Override
  public T decodeFromWire(int position, Buffer wire) {
    int length = wire.getInt(position + 1);
    return Json.decodeValue(wire.getBuffer(position + 5, position + 5 + length), type);
  }

  @Override
  public T transform(T message) {
    return message;
  }

  @Override
  public String name() {
    return type.getName();
  }

  @Override
  public byte systemCodecID() {
    return -1;
  }
}
