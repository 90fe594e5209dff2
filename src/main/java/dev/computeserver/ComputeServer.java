package dev.computeserver;
public final class ComputeServer { public static void main(String[] a) { System.out.println("hi"); } }
